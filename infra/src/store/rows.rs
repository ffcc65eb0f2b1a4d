//! Small rows that more than one query answers with.

use sea_orm::FromQueryResult;

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
