//! The bus over PostgreSQL's `NOTIFY`: nothing else to run. It carries streams and numbers, not facts: a notification is 8,000 bytes
//! at the most, and a node reads of the log what it needs. One connection speaks, one hears; what others did while a connection
//! was away is found by comparing.

use std::io::ErrorKind;
use std::str::FromStr;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use domain::{Error, Result};
use secrecy::{ExposeSecret, SecretString};
use sqlx::postgres::{PgConnectOptions, PgListener, PgPoolOptions};
use sqlx::{Connection, PgConnection, PgPool};
use tokio::time::{sleep, timeout};
use uuid::Uuid;

use super::remote::{Incoming, Outgoing, Remote};
use super::wire::{Parcel, Reader, Writer};

const CHANNEL: &str = "colloquy";

/// Bytes of a notification's text, below PostgreSQL's 8,000.
const PART: usize = 7_000;

/// Between two tries to reach the server.
const AGAIN: Duration = Duration::from_millis(200);

/// How long the server may take for an answer. A busy one must not pass for a dead one: who takes it for dead compares more often.
const PATIENCE: Duration = Duration::from_secs(5);

/// How long a stop waits for the server to let go.
const LEAVE: Duration = Duration::from_secs(1);

const SPEAK: &str = "SELECT pg_notify($1, said.text) FROM (
        SELECT text FROM unnest($2::text[]) WITH ORDINALITY AS given (text, place) ORDER BY place
    ) AS said";

/// A bus to the nodes that use the same database. Fails with `Internal` when the address cannot be understood.
pub(super) fn bus(url: &SecretString) -> Result<Remote> {
    let options = PgConnectOptions::from_str(url.expose_secret())
        .map_err(|_| Error::internal("the address of the database cannot be understood"))?
        .application_name("colloquy bus")
        // A notification is worth nothing after a crash of the server.
        .options([("synchronous_commit", "off"), ("statement_timeout", "5000")]);
    let (remote, outgoing, incoming) = Remote::new(false);
    let writer = Writer::new(remote.node(), PART);
    let speaking = speak(options.clone(), writer, outgoing, incoming.clone());
    remote.run(speaking, std::future::ready(()));
    let line = Arc::new(Mutex::new(line(&options)));
    let hearing = hear(options, line.clone(), remote.node(), incoming);
    remote.run(hearing, async move {
        let last = lock(&line).clone();
        // A server that is cut off does not take leave.
        let _ = timeout(LEAVE, last.close()).await;
    });
    Ok(remote)
}

/// On one connection, for what is said must arrive in its order.
async fn speak(options: PgConnectOptions, mut writer: Writer, mut outgoing: Outgoing, incoming: Incoming) {
    let mut connection = None;
    let mut away = false;
    while let Some(mut parcels) = outgoing.next().await {
        while let Err(error) = say(&options, &mut connection, writer.write(&parcels)).await {
            incoming.speaks(false);
            tell_once(&mut away, &error, "other nodes cannot be told");
            sleep(AGAIN).await;
            // What was to be said is old by now: they shall look for themselves.
            outgoing.forget();
            parcels = vec![Parcel::Missed];
        }
        if std::mem::take(&mut away) {
            tracing::info!("other nodes can be told again");
        }
        incoming.speaks(true);
    }
}

/// A connection that fails, or does not answer, is let go of without a word.
async fn say(
    options: &PgConnectOptions,
    connection: &mut Option<PgConnection>,
    texts: Vec<String>,
) -> sqlx::Result<()> {
    let mut open = match connection.take() {
        Some(open) => open,
        None => in_time(PgConnection::connect_with(options)).await?,
    };
    in_time(sqlx::query(SPEAK).bind(CHANNEL).bind(texts).execute(&mut open)).await?;
    *connection = Some(open);
    Ok(())
}

/// Room for the one connection of a listener.
fn line(options: &PgConnectOptions) -> PgPool {
    let pool = PgPoolOptions::new().max_connections(1).acquire_timeout(PATIENCE);
    pool.connect_lazy_with(options.clone())
}

fn lock(line: &Mutex<PgPool>) -> MutexGuard<'_, PgPool> {
    line.lock().unwrap_or_else(PoisonError::into_inner)
}

/// A new line for each try: a listener whose connection hangs holds on to its own for long.
async fn hear(options: PgConnectOptions, current: Arc<Mutex<PgPool>>, node: Uuid, incoming: Incoming) {
    let mut away = false;
    loop {
        let pool = line(&options);
        *lock(&current) = pool.clone();
        if let Err(error) = listen(&pool, node, &incoming, &mut away).await {
            tell_once(&mut away, &error, "other nodes cannot be heard");
        }
        incoming.hears(false);
        sleep(AGAIN).await;
    }
}

/// Until the connection is lost. A server that is cut off keeps its connections and says nothing: in a silence it is asked.
async fn listen(pool: &PgPool, node: Uuid, incoming: &Incoming, away: &mut bool) -> sqlx::Result<()> {
    let mut reader = Reader::new(node);
    let mut listener = PgListener::connect_with(pool).await?;
    listener.eager_reconnect(false);
    in_time(listener.listen(CHANNEL)).await?;
    if std::mem::take(away) {
        tracing::info!("other nodes can be heard again");
    }
    incoming.hears(true);
    // What was said until now, nobody here heard.
    incoming.missed();
    loop {
        match timeout(PATIENCE, listener.try_recv()).await {
            Ok(Ok(Some(notification))) => {
                if let Some((node, parcels)) = reader.read(notification.payload()) {
                    incoming.take(node, parcels);
                }
            }
            Ok(Ok(None)) => return Err(sqlx::Error::Io(ErrorKind::UnexpectedEof.into())),
            Ok(Err(error)) => return Err(error),
            Err(_) => {
                in_time(sqlx::query("SELECT 1").execute(&mut listener)).await?;
            }
        }
    }
}

/// Each try fails while the server is away; the first is worth a line.
fn tell_once(away: &mut bool, error: &sqlx::Error, what: &str) {
    if std::mem::replace(away, true) {
        tracing::debug!(%error, "still: {what}");
    } else {
        tracing::warn!(%error, "{what}");
    }
}

async fn in_time<T>(asked: impl Future<Output = sqlx::Result<T>>) -> sqlx::Result<T> {
    let answered = timeout(PATIENCE, asked).await;
    answered.unwrap_or_else(|_| Err(sqlx::Error::Io(ErrorKind::TimedOut.into())))
}

#[cfg(test)]
mod tests;
