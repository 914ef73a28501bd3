//! Which rows are of a process's engines, as conditions of statements.

use engine_core::engines::Engines;
use engine_core::strategy::COPY_BOOK;
use sea_orm::sea_query::SimpleExpr;
use sea_orm::{ColumnTrait, Condition};

/// Positions in the books of these engines.
pub(super) fn positions_of(engines: Engines) -> Condition {
    use entities::positions::Column::Book;
    match engines {
        Engines::Both => Condition::all(),
        Engines::Ml => Condition::all().add(Book.ne(COPY_BOOK)),
        Engines::Copy => Condition::all().add(Book.eq(COPY_BOOK)),
    }
}

/// True for a condition in which a book of these engines has an open position.
pub(super) fn is_held_by(engines: Engines) -> SimpleExpr {
    let book = match engines {
        Engines::Both => String::new(),
        Engines::Ml => format!(" AND p.book <> '{COPY_BOOK}'"),
        Engines::Copy => format!(" AND p.book = '{COPY_BOOK}'"),
    };
    sea_orm::sea_query::Expr::cust(format!(
        "EXISTS (SELECT 1 FROM positions p WHERE p.condition_id = conditions.condition_id AND p.status = 'open'{book})"
    ))
}
