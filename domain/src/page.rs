//! Lists in pieces. A cursor is the key of the last row of the piece before; what it looks like outside is `api`'s business.

/// Where a page starts: after the row with this key, in the order of the list.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Cursor(pub u128);

#[derive(Debug, Clone, Copy)]
pub struct Page {
    /// 1 to 100.
    pub limit: u32,
    pub after: Option<Cursor>,
}

#[derive(Debug, Clone)]
pub struct Paged<T> {
    pub items: Vec<T>,
    pub next: Option<Cursor>,
}

impl Page {
    /// How many rows to ask the database for: one more than wanted tells whether there is a next page.
    pub fn fetch(&self) -> u64 {
        u64::from(self.limit) + 1
    }

    /// Cuts what `fetch` brought to the limit, and makes the cursor from the last row that stays.
    pub fn cut<T>(&self, mut rows: Vec<T>, key: impl Fn(&T) -> u128) -> Paged<T> {
        let limit = self.limit as usize;
        let more = rows.len() > limit;
        rows.truncate(limit);
        let next = if more {
            rows.last().map(|row| Cursor(key(row)))
        } else {
            None
        };
        Paged { items: rows, next }
    }
}

impl<T> Paged<T> {
    pub fn map<U>(self, each: impl FnMut(T) -> U) -> Paged<U> {
        Paged {
            items: self.items.into_iter().map(each).collect(),
            next: self.next,
        }
    }
}
