"""The bot's three strategies on the job, in plain Python and from its rules alone: anchoring, gates, the best fifteen of an
hour, Kelly within free cash, fills in whole lots, fees, settlement. Bets and money must come out as the program's do, to the
micro-dollar."""

import math
import time

from job import Job

UNIT = 1_000_000
LOT, CENT, FEE_STEP = 10_000, 10_000, 10
START, HOUR, DAY = 1_750_003_200, 3_600, 86_400
SLIPPAGE, FEE, DEPTH = 10_000, 20_000, 1_000_000_000
LEAST, MOST, LEAST_BET = 0.03, 0.97, 0.15
WEIGHT, CONFIDENCE, MARGIN, ODDS_MARGIN = 0.75 * 0.5, 0.75, 0.001, 1e-6
FLOOR, LEAST_KELLY, CANDIDATES, REFERENCE = 0.02, 0.02, 15, 5 * UNIT
BANKROLL = 300 * UNIT
# Kelly multiplier, least edge, bets a day, least stake.
PROFILES = [(0.50, 0.05, 10, 5 * UNIT), (0.25, 0.06, 5, 5 * UNIT), (0.15, 0.08, 3, 15 * UNIT)]


def log_odds(p: float) -> float:
    p = min(max(p, ODDS_MARGIN), 1.0 - ODDS_MARGIN)
    return math.log(p / (1.0 - p))


def kelly(win: float, cost: float) -> float:
    if not 0.0 < cost < 1.0 or win <= cost:
        return 0.0
    return min((win - cost) / (1.0 - cost), 1.0)


def lots(shares: int) -> int:
    return shares - shares % LOT


def fee_of(shares: int, price: int) -> int:
    fee = shares * price // UNIT * FEE // UNIT
    return fee - fee % FEE_STEP


def fill(ask: int, stake: int, cash: int) -> tuple[int, int, int] | None:
    """Shares, dollars and fee of an order on a book of one level."""
    shares = lots(min(stake * UNIT // ask, lots(DEPTH * UNIT // ask)))
    while shares > 0 and ask * shares // UNIT + fee_of(shares, ask) > cash:
        shares -= LOT
    return (shares, ask * shares // UNIT, fee_of(shares, ask)) if shares > 0 else None


def cost_of(filled: tuple[int, int, int]) -> float:
    shares, notional, fee = filled
    return ((notional + fee) / UNIT) / (shares / UNIT)


class Book:
    """One strategy's money."""

    def __init__(self, profile):
        self.multiplier, self.least_edge, self.a_day, self.least_stake = profile
        self.cash, self.held, self.today = BANKROLL, {}, 0

    def offer(self, market: int, side: int, ask: int, win: float, cost: float, days: float) -> bool:
        if market in self.held:
            return False
        scale = 1.0 if days <= 3.0 else max(math.sqrt(3.0 / days), 0.2)
        depth = ask * lots(DEPTH * UNIT // ask) // UNIT

        def wanted(cost: float) -> int:
            fraction = kelly(win, cost) * self.multiplier * scale
            stake = min(int(self.cash / UNIT * fraction * UNIT + 0.5), self.cash, depth)
            return stake - stake % CENT

        last = stake = wanted(cost)
        for _ in range(6):
            filled = fill(ask, last, self.cash)
            following = wanted(cost_of(filled)) if filled else last
            stake = min(following, last)
            if following == last:
                break
            last = following
        filled = fill(ask, stake, self.cash)
        edge = win - (cost_of(filled) if filled else cost)
        if edge < self.least_edge or self.today >= self.a_day or stake < self.least_stake or not filled:
            return False
        shares, notional, fee = filled
        if notional + fee > self.cash or notional + LOT < self.least_stake:
            return False
        self.cash -= notional + fee
        self.held[market] = (side, shares)
        self.today += 1
        return True


def candidate(price: int, model_odds: float):
    """Effective edge, side, ask, probability and cost of what passes the gates; `None` of what does not."""
    bid, ask = price - SLIPPAGE, price + SLIPPAGE
    if bid <= 0 or ask >= UNIT:
        return None
    mid = (bid / UNIT + ask / UNIT) / 2.0
    if not LEAST < mid < MOST:
        return None
    prior = log_odds(mid)
    believed = 1.0 / (1.0 + math.exp(-(prior + WEIGHT * (model_odds - prior))))
    believed = min(max(believed, MARGIN), 1.0 - MARGIN)
    no_ask = UNIT - bid
    if believed - ask / UNIT >= (1.0 - believed) - no_ask / UNIT:
        side, own, win = 0, ask, believed
    else:
        side, own, win = 1, no_ask, 1.0 - believed
    shares = lots(REFERENCE * UNIT // own)
    vwap = (own * shares // UNIT / UNIT) / (shares / UNIT)
    cost = vwap + vwap * (FEE / UNIT)
    edge = win - cost
    effective = edge * CONFIDENCE
    if effective < FLOOR or edge <= 0.0 or vwap < LEAST_BET or kelly(win, cost) < LEAST_KELLY:
        return None
    return effective, side, own, win, cost


def three_strategies(job: Job) -> tuple[float, int, int, list[float]]:
    """Processor seconds, prices, bets and the cash of each strategy in the end."""
    hours = [[int(price * 1e6 + 0.5) for price in hour] for hour in job.prices.T.tolist()]
    model, outcome = job.model.tolist(), job.outcome.tolist()
    begun = time.process_time()
    odds = [log_odds(p) for p in model]
    books = [Book(profile) for profile in PROFILES]
    end, bets, today = START + len(hours) * HOUR, 0, None
    for hour, prices in enumerate(hours):
        at = START + hour * HOUR
        days = (end - at) * 1000 / 86_400_000.0
        ranked = []
        for market, price in enumerate(prices):
            if 30_000 < price < 970_000 and (found := candidate(price, odds[market])):
                ranked.append((-found[0], market, found))
        ranked.sort()
        if at // DAY != today:
            today = at // DAY
            for book in books:
                book.today = 0
        for _, market, (_, side, ask, win, cost) in ranked[:CANDIDATES]:
            bets += sum(book.offer(market, side, ask, win, cost, days) for book in books)
    for book in books:
        for market, (side, shares) in book.held.items():
            payout = round((1.0 - outcome[market] if side else outcome[market]) * UNIT)
            book.cash += payout * shares // UNIT
    return time.process_time() - begun, job.points, bets, [book.cash / UNIT for book in books]
