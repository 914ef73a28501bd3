"""The same rule in other engines. Each function gives processor seconds, price points gone through and entries made."""

import time

import numpy as np

from job import BANKROLL, EDGE, FEE, SLIPPAGE, Job, stake

HOUR_NS = 3_600_000_000_000
START_NS = 1_750_003_200_000_000_000


def plain_python(job: Job) -> tuple[float, int, int]:
    prices, model, outcome = job.prices.T.tolist(), job.model.tolist(), job.outcome.tolist()
    begun = time.process_time()
    cash, held = BANKROLL, {}
    for hour in prices:
        for market, price in enumerate(hour):
            ask = price * SLIPPAGE
            if market not in held and model[market] - ask > EDGE:
                dollars = stake(model[market], ask, cash)
                held[market] = dollars / ask
                cash -= dollars * (1.0 + FEE)
    cash += sum(shares * outcome[market] for market, shares in held.items())
    return time.process_time() - begun, job.points, len(held)


def vectorbt(job: Job) -> tuple[float, int, int]:
    import vectorbt as vbt

    close = job.prices.T.copy()
    close[-1] = np.clip(job.outcome, 1e-6, 1.0)
    entries = job.model - SLIPPAGE * job.prices.T > EDGE
    entries[-1] = False
    exits = np.zeros_like(entries)
    exits[-1] = True
    cost = close * SLIPPAGE * (1.0 + FEE)
    kelly = np.clip((job.model - cost) / np.maximum(1.0 - cost, 1e-9), 0.0, 1.0)
    dollars = np.minimum(250.0, kelly * 0.25 * BANKROLL)

    def run():
        return vbt.Portfolio.from_signals(
            close, entries, exits, size=dollars / (close * SLIPPAGE), fees=FEE, slippage=SLIPPAGE - 1.0,
            init_cash=BANKROLL, cash_sharing=True, group_by=True, freq="1h",
        )

    run()
    begun = time.process_time()
    portfolio = run()
    took = time.process_time() - begun
    return took, job.points, int(portfolio.orders.count()) // 2


def backtesting_py(job: Job, markets: int = 60) -> tuple[float, int, int]:
    import pandas as pd
    from backtesting import Backtest, Strategy

    class Rule(Strategy):
        model = 0.5

        def init(self):
            pass

        def next(self):
            ask = self.data.Close[-1] * SLIPPAGE
            if not self.position and self.model - ask > EDGE:
                size = int(stake(self.model, ask, self.equity) / ask)
                if size:
                    self.buy(size=size)

    index = pd.date_range("2025-06-15", periods=job.prices.shape[1], freq="1h")
    begun, entries = time.process_time(), 0
    for market in range(markets):
        price = job.prices[market]
        bars = pd.DataFrame({name: price for name in ("Open", "High", "Low", "Close")}, index=index)
        test = Backtest(bars, Rule, cash=BANKROLL, commission=FEE, trade_on_close=True, finalize_trades=True)
        entries += int(test.run(model=float(job.model[market]))["# Trades"])
    return time.process_time() - begun, markets * job.prices.shape[1], entries


def nautilus(job: Job) -> tuple[float, int, int]:
    from decimal import Decimal

    from nautilus_trader.backtest.config import BacktestEngineConfig
    from nautilus_trader.backtest.engine import BacktestEngine
    from nautilus_trader.config import LoggingConfig
    from nautilus_trader.model.currencies import USDC
    from nautilus_trader.model.data import QuoteTick
    from nautilus_trader.model.enums import AccountType, AssetClass, OmsType, OrderSide
    from nautilus_trader.model.identifiers import InstrumentId, Symbol, Venue
    from nautilus_trader.model.instruments import BinaryOption
    from nautilus_trader.model.objects import Money, Price, Quantity
    from nautilus_trader.trading.strategy import Strategy

    venue = Venue("PM")
    end_ns = START_NS + (job.prices.shape[1] + 1) * HOUR_NS

    def option(market: int) -> BinaryOption:
        symbol = Symbol(f"M{market}")
        return BinaryOption(
            instrument_id=InstrumentId(symbol, venue), raw_symbol=symbol, outcome="Yes", description="job",
            asset_class=AssetClass.ALTERNATIVE, currency=USDC, price_precision=4, price_increment=Price(1e-4, 4),
            size_precision=2, size_increment=Quantity(0.01, 2), activation_ns=0, expiration_ns=end_ns,
            max_quantity=None, min_quantity=Quantity(0.01, 2), maker_fee=Decimal(0), taker_fee=Decimal("0.02"),
            ts_event=0, ts_init=0,
        )

    options = [option(market) for market in range(job.prices.shape[0])]
    said = {one.id: float(model) for one, model in zip(options, job.model)}

    class Rule(Strategy):
        def __init__(self):
            super().__init__()
            self.held, self.money = set(), BANKROLL

        def on_start(self):
            for one in options:
                self.subscribe_quote_ticks(one.id)

        def on_quote_tick(self, tick):
            ask = float(tick.ask_price) * SLIPPAGE
            model = said[tick.instrument_id]
            if tick.instrument_id in self.held or model - ask <= EDGE:
                return
            dollars = stake(model, ask, self.money)
            if dollars <= 0.0:
                return
            self.held.add(tick.instrument_id)
            self.money -= dollars * (1.0 + FEE)
            instrument = self.cache.instrument(tick.instrument_id)
            quantity = instrument.make_qty(max(0.01, dollars / ask))
            self.submit_order(self.order_factory.market(tick.instrument_id, OrderSide.BUY, quantity))

    engine = BacktestEngine(BacktestEngineConfig(logging=LoggingConfig(bypass_logging=True)))
    engine.add_venue(venue, OmsType.NETTING, AccountType.CASH, [Money(BANKROLL, USDC)], base_currency=USDC)
    ticks, size = [], Quantity(100_000, 2)
    for market, one in enumerate(options):
        engine.add_instrument(one)
        for hour, price in enumerate(job.prices[market].tolist()):
            quoted, at = Price(min(max(price, 1e-4), 1.0 - 1e-4), 4), START_NS + hour * HOUR_NS
            ticks.append(QuoteTick(one.id, quoted, quoted, size, size, at, at))
    engine.add_data(ticks)
    rule = Rule()
    engine.add_strategy(rule)
    begun = time.process_time()
    engine.run()
    took = time.process_time() - begun
    entries = len(rule.held)
    engine.dispose()
    return took, job.points, entries


# With how often each is run.
ENGINES = {
    "plain Python": (plain_python, 5),
    "vectorbt": (vectorbt, 5),
    "backtesting.py": (backtesting_py, 3),
    "NautilusTrader": (nautilus, 3),
}
