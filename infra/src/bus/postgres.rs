//! The bus over PostgreSQL's `NOTIFY`: nothing else to run. It carries streams and numbers, not facts: a notification is 8,000 bytes
//! at the most, and a node reads of the log what it needs. One connection speaks, one hears; what others did while a connection
//! was away is found by comparing.

use std::str::FromStr;
use std::time::Duration;

use domain::{Error, Result};
use secrecy::{ExposeSecret, SecretString};
use sqlx::PgPool;
use sqlx::postgres::{PgConnectOptions, PgListener, PgPoolOptions};
use tokio::time::sleep;

use super::remote::{Incoming, Outgoing, Remote};
use super::wire::{Parcel, Reader, Writer};

const CHANNEL: &str = "colloquy";

/// Bytes of a notification's text, below PostgreSQL's 8,000.
const PART: usize = 7_000;

/// Between two tries to reach the server.
const AGAIN: Duration = Duration::from_millis(200);

const SPEAK: &str = "SELECT pg_notify($1, said.text) FROM (
        SELECT text FROM unnest($2::text[]) WITH ORDINALITY AS given (text, place) ORDER BY place
    ) AS said";

/// A bus to the nodes that use the same database. Fails with `Internal` when the address cannot be understood.
pub(super) fn bus(url: &SecretString) -> Result<Remote> {
    let options = PgConnectOptions::from_str(url.expose_secret())
        .map_err(|_| Error::internal("the address of the database cannot be understood"))?
        .application_name("colloquy bus")
        // A notification is worth nothing after a crash of the server.
        .options([("synchronous_commit", "off"), ("statement_timeout", "10000")]);
    // One connection each: what is said must arrive in its order, and who listens keeps theirs.
    let pool = || {
        PgPoolOptions::new()
            .max_connections(1)
            .connect_lazy_with(options.clone())
    };
    let (remote, outgoing, incoming) = Remote::new(false);
    let node = remote.node();
    let (said, heard) = (pool(), pool());
    let speaking = speak(said.clone(), Writer::new(node, PART), outgoing, incoming.clone());
    remote.run(speaking, async move { said.close().await });
    let hearing = hear(heard.clone(), Reader::new(node), incoming);
    remote.run(hearing, async move { heard.close().await });
    Ok(remote)
}

async fn speak(pool: PgPool, mut writer: Writer, mut outgoing: Outgoing, incoming: Incoming) {
    while let Some(mut parcels) = outgoing.next().await {
        loop {
            let texts = writer.write(&parcels);
            let said = sqlx::query(SPEAK).bind(CHANNEL).bind(texts).execute(&pool).await;
            incoming.speaks(said.is_ok());
            match said {
                Ok(_) => break,
                Err(error) => tracing::warn!(%error, "other nodes cannot be told"),
            }
            sleep(AGAIN).await;
            // What was to be said is old by now: they shall look for themselves.
            parcels = vec![Parcel::Missed];
        }
    }
}

async fn hear(pool: PgPool, mut reader: Reader, incoming: Incoming) {
    loop {
        if let Err(error) = listen(&pool, &mut reader, &incoming).await {
            tracing::warn!(%error, "other nodes cannot be heard");
        }
        incoming.hears(false);
        sleep(AGAIN).await;
    }
}

/// Until the connection is lost.
async fn listen(pool: &PgPool, reader: &mut Reader, incoming: &Incoming) -> sqlx::Result<()> {
    let mut listener = PgListener::connect_with(pool).await?;
    listener.listen(CHANNEL).await?;
    incoming.hears(true);
    // What was said until now, nobody here heard.
    incoming.missed();
    while let Some(notification) = listener.try_recv().await? {
        if let Some((node, parcels)) = reader.read(notification.payload()) {
            incoming.take(node, parcels);
        }
    }
    Ok(())
}
