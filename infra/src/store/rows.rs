//! Small rows that more than one query answers with.

use sea_orm::{ColIdx, FromQueryResult, QueryResult, TryGetError, TryGetable};

/// A count.
#[derive(FromQueryResult)]
pub struct Count {
    pub count: i64,
}

impl Count {
    /// Counts are never negative; one that is reads as none.
    pub fn get(self) -> u64 {
        u64::try_from(self.count).unwrap_or(0)
    }
}

/// A computed truth value, for which SQLite has no type: there it comes as a whole number.
#[derive(Debug, Clone, Copy)]
pub struct Flag(pub bool);

impl TryGetable for Flag {
    fn try_get_by<I: ColIdx>(row: &QueryResult, index: I) -> Result<Self, TryGetError> {
        row.try_get_by_nullable::<bool, _>(index)
            .or_else(|_| Ok(row.try_get_by_nullable::<i64, _>(index)? != 0))
            .map(Self)
    }
}
