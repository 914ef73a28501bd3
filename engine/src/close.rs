//! Selling a position before its market resolves.

use chrono::{DateTime, Utc};
use engine_core::book::OrderBook;
use engine_core::fee::{FeeModel, FeeRule};
use engine_core::fill::Fill;
use engine_core::journal::{Frame, SoldFrame, within_reach};
use engine_core::market::Market;
use engine_core::money::{Shares, Usd};
use engine_core::notice::{ExitReason, Notice};
use engine_core::paper::{NoSale, accounting, sell_into};
use engine_core::position::{Position, PositionStatus};

use crate::engine::Engine;
use crate::meter;
use crate::outgoing::{self, Outgoing};
use crate::store::CloseResult;

/// A sale walked on the present book, not booked.
#[derive(Debug, Clone, PartialEq)]
pub struct Sale {
    /// The fill it would be.
    pub fill: Fill,
    /// Profit of the shares sold, after fees.
    pub pnl: Usd,
}

/// A sale with the book it was walked on and how takers are charged.
struct Quoted {
    sale: Sale,
    book: OrderBook,
    fee: FeeModel,
}

/// How a sale turned out.
#[derive(Debug, Clone, PartialEq)]
pub enum Closed {
    /// Sold, wholly or as much as the book took.
    Done {
        /// The position after the sale.
        position: Position,
        /// Profit of the shares sold, after fees.
        pnl: Usd,
    },
    /// It had been sold or settled before.
    Already(Position),
    /// Nothing can be sold: why, in a sentence.
    NoFill(String),
    /// There is no such position.
    Unknown,
}

impl Engine {
    /// What a sale of the whole position would bring now.
    ///
    /// # Errors
    /// When the venue cannot be asked.
    pub async fn preview_sale(&self, position: &Position) -> anyhow::Result<Result<Sale, String>> {
        Ok(self.quote_sale(position).await?.map(|quoted| quoted.sale))
    }

    /// The same with what it rests on.
    async fn quote_sale(&self, position: &Position) -> anyhow::Result<Result<Quoted, String>> {
        let decided_at = self.clock.now();
        let Some(book) = self.venue.clob().book(&position.token).await? else {
            return Ok(Err("There is no order book to sell into.".to_owned()));
        };
        let rule =
            self.market(&position.condition_id).await?.map_or(FeeRule::Undocumented, |market: Market| market.fee);
        let sale = self.walk_sale(position, position.shares, &book, rule, decided_at);
        Ok(sale.map(|sale| Quoted { sale, book, fee: self.fee_model(rule) }))
    }

    const fn fee_model(&self, rule: FeeRule) -> FeeModel {
        FeeModel { rule, fallback_micros: self.settings.gates.fee_fallback_micros }
    }

    /// Walks a sale of some shares of a position down the bids; why it cannot be made, in a sentence, when it cannot.
    pub(crate) fn walk_sale(
        &self,
        position: &Position,
        shares: Shares,
        book: &OrderBook,
        rule: FeeRule,
        decided_at: DateTime<Utc>,
    ) -> Result<Sale, String> {
        let fee = self.fee_model(rule);
        let slippage = self.settings.gates.slippage;
        let fill = sell_into(book, shares, slippage, &fee, decided_at, self.clock.now()).map_err(why_no_sale)?;
        let pnl = accounting::reduce(position, &fill, fill.filled_at).pnl;
        Ok(Sale { fill, pnl })
    }

    /// Sells a position into the present bids.
    ///
    /// # Errors
    /// When the venue cannot be asked or the store refuses; nothing has happened then.
    pub async fn close(&self, position_id: i64, reason: ExitReason) -> anyhow::Result<Closed> {
        let Some(position) = self.store.position(position_id).await? else {
            return Ok(Closed::Unknown);
        };
        if position.status != PositionStatus::Open {
            return Ok(Closed::Already(position));
        }
        let quoted = match self.quote_sale(&position).await? {
            Ok(quoted) => quoted,
            Err(why) => return Ok(Closed::NoFill(why)),
        };
        let recipient = self.settings.recipient;
        let trader = self.store.copied_trader(&position).await?;
        let _money = self.money.lock().await;
        let told = |reduction: &accounting::Reduction| {
            let notice = Notice::Closed {
                position: reduction.position.clone(),
                fill: quoted.sale.fill.clone(),
                pnl: reduction.pnl,
                reason,
                trader: trader.clone(),
            };
            outgoing::rows(recipient, vec![Outgoing::news(notice)])
        };
        let fill = &quoted.sale.fill;
        Ok(match self.store.close_position(position_id, fill, fill.filled_at, told).await? {
            CloseResult::Done(reduction) => {
                meter::closed();
                self.journal.keep(self.sold_frame(position, quoted, reason), &self.incidents).await;
                Closed::Done { position: reduction.position, pnl: reduction.pnl }
            }
            CloseResult::NotOpen(position) => Closed::Already(*position),
            CloseResult::Unknown => Closed::Unknown,
        })
    }

    /// What the journal keeps of a sale; `position` is as it was before.
    fn sold_frame(&self, position: Position, quoted: Quoted, reason: ExitReason) -> Frame {
        let slippage = self.settings.gates.slippage;
        let Quoted { sale: Sale { fill, pnl: _ }, book, fee } = quoted;
        let (at, book) = (fill.decided_at, within_reach(&book, slippage));
        Frame::Sold(Box::new(SoldFrame { at, reason, position, book, fee, slippage, fill }))
    }
}

fn why_no_sale(reason: NoSale) -> String {
    match reason {
        NoSale::Crossed => "Its order book is crossed just now: nothing can be sold into it.",
        NoSale::NoBid => "Nobody bids for it now.",
        NoSale::Thin => "The bids are too thin to sell into.",
    }
    .to_owned()
}
