//! What the steps share: naming of indexes and foreign keys. Names are part of the schema: `infra/src/store/error.rs` reads
//! them to tell what a violation means, so they are spelled by these functions and nowhere else.

use sea_orm_migration::prelude::*;

/// An index `ix_<table>_<columns>`.
pub fn index(table: &'static str, columns: &[&'static str]) -> IndexCreateStatement {
    named("ix", table, columns)
}

/// A unique index `uq_<table>_<columns>`.
pub fn unique(table: &'static str, columns: &[&'static str]) -> IndexCreateStatement {
    named("uq", table, columns).unique().to_owned()
}

fn named(kind: &str, table: &'static str, columns: &[&'static str]) -> IndexCreateStatement {
    let mut index = Index::create();
    index
        .name(format!("{kind}_{table}_{}", columns.join("_")))
        .table(table);
    for column in columns {
        index.col(*column);
    }
    index
}

/// A reference to another table's `id`, named `fk_<table>_<column>`; rows that are referred to cannot go first.
pub fn references(
    table: &'static str,
    column: &'static str,
    other: &'static str,
) -> ForeignKeyCreateStatement {
    ForeignKey::create()
        .name(format!("fk_{table}_{column}"))
        .from(table, column)
        .to(other, "id")
        .to_owned()
}
