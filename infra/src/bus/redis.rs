//! The bus over Redis: publish and subscribe, nothing is stored there. Facts travel whole, so that a node reads the log for holes
//! alone. One connection speaks and hears. What others did while it was away is found by comparing.
//!
//! Nodes meet on a channel that is named after the epoch. So installations that share a Redis do not hear each other, nor does one
//! life of the numbers hear what was still under way from another one: a fact that came whole is not looked up.

use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use domain::events::Epoch;
use domain::{Error, Result};
use redis::aio::MultiplexedConnection;
use redis::io::tcp::TcpSettings;
use redis::{
    AsyncConnectionConfig, Client, ErrorKind, IntoConnectionInfo, ProtocolVersion, PushInfo, PushKind,
    RedisError, RedisResult, Value,
};
use secrecy::{ExposeSecret, SecretString};
use tokio::sync::watch;
use tokio::time::sleep;
use tokio_util::sync::CancellationToken;
use uuid::Uuid;

use super::remote::{Incoming, Outgoing, Remote};
use super::wire::{Parcel, Reader, Writer};

/// Bytes of one message's text, so that a long one does not hold up others' for long.
const PART: usize = 256 * 1024;

/// Between two tries to reach the server.
const AGAIN: Duration = Duration::from_millis(200);

/// The server is asked so often whether it is there, …
const ASK: Duration = Duration::from_millis(500);

/// … and is gone when it has not answered anything for so long. Meanwhile nodes compare as often as they always do, so waiting
/// costs signals and no events; and a busy machine must not pass for a dead one.
const PATIENCE: Duration = Duration::from_millis(1500);

/// A bus to the nodes that use the same Redis and are in the same epoch. Fails with `Internal` when the address cannot be understood.
pub(super) fn bus(url: &SecretString) -> Result<Remote> {
    // Not told what is wrong with it: that may repeat the password.
    let client = client(url).map_err(|_| Error::internal("the address of Redis cannot be understood"))?;
    let (remote, outgoing, incoming) = Remote::new(true);
    let line = Line {
        client,
        writer: Writer::new(remote.node(), PART),
        node: remote.node(),
        epoch: remote.epoch(),
        outgoing,
        incoming,
    };
    remote.run(line.keep(), std::future::ready(()));
    Ok(remote)
}

fn client(url: &SecretString) -> RedisResult<Client> {
    let info = url.expose_secret().into_connection_info()?;
    // The third protocol has subscriptions and everything else on one connection; Redis speaks it since version 6.
    let settings = info.redis_settings().clone().set_protocol(ProtocolVersion::RESP3);
    let prompt = TcpSettings::default().set_nodelay(true);
    Client::open(info.set_redis_settings(settings).set_tcp_settings(prompt))
}

/// In a cluster every node of it passes on what any of them is told. The braces keep a name in one place should that change.
fn channel(epoch: &Epoch) -> String {
    format!("colloquy:{{{}}}", epoch.0)
}

/// What leads to the others.
struct Line {
    client: Client,
    writer: Writer,
    node: Uuid,
    epoch: watch::Receiver<Option<Epoch>>,
    outgoing: Outgoing,
    incoming: Incoming,
}

impl Line {
    /// Connects again and again, until nobody has the bus any more.
    async fn keep(mut self) {
        let mut away = false;
        loop {
            let epoch = match self.epoch.wait_for(Option::is_some).await {
                Ok(epoch) => epoch.clone(),
                Err(_) => return,
            };
            let Some(epoch) = epoch else { continue };
            let talked = self.talk(&channel(&epoch), &mut away).await;
            self.incoming.hears(false);
            self.incoming.speaks(false);
            if let Err(error) = talked {
                if away {
                    tracing::debug!(%error, "Redis is still away");
                } else {
                    tracing::warn!(%error, "Redis is away: other nodes are neither heard nor told");
                }
                away = true;
                sleep(AGAIN).await;
            }
            // It is old by now, or of an epoch that has ended.
            self.outgoing.forget();
        }
    }

    /// Until the connection is lost, which is an error, or another epoch begins.
    async fn talk(&mut self, channel: &str, away: &mut bool) -> RedisResult<()> {
        let lost = CancellationToken::new();
        let ear = ear(Reader::new(self.node), self.incoming.clone(), lost.clone());
        let config = AsyncConnectionConfig::new()
            .set_connection_timeout(Some(PATIENCE))
            .set_response_timeout(Some(PATIENCE))
            .set_push_sender(ear);
        let connecting = self.client.get_multiplexed_async_connection_with_config(&config);
        let mut connection = Box::pin(connecting).await?;
        connection.subscribe(channel).await?;
        // What happened here until now, nobody was told.
        tell(&mut connection, channel, self.writer.write(&[Parcel::Missed])).await?;
        if std::mem::take(away) {
            tracing::info!("Redis is back");
        }
        self.incoming.hears(true);
        self.incoming.speaks(true);
        // What was said until now, nobody here heard.
        self.incoming.missed();
        tokio::select! {
            told = speak(connection.clone(), channel, &mut self.writer, &mut self.outgoing) => told,
            silent = watch(connection) => silent,
            () = lost.cancelled() => Err((ErrorKind::Io, "the connection has ended").into()),
            _ = self.epoch.changed() => Ok(()),
        }
    }
}

/// Takes in what comes where it is read: nothing queues up in between.
fn ear(
    reader: Reader,
    incoming: Incoming,
    lost: CancellationToken,
) -> impl Fn(PushInfo) -> std::result::Result<(), RedisError> + Send + Sync + 'static {
    let reader = Mutex::new(reader);
    move |push| {
        if push.kind == PushKind::Disconnection {
            lost.cancel();
        }
        if push.kind == PushKind::Message
            && let Some(Value::BulkString(text)) = push.data.last()
            && let Ok(text) = str::from_utf8(text)
        {
            let read = reader.lock().unwrap_or_else(PoisonError::into_inner).read(text);
            if let Some((node, parcels)) = read {
                incoming.take(node, parcels);
            }
        }
        Ok(())
    }
}

async fn speak(
    mut connection: MultiplexedConnection,
    channel: &str,
    writer: &mut Writer,
    outgoing: &mut Outgoing,
) -> RedisResult<()> {
    while let Some(parcels) = outgoing.next().await {
        tell(&mut connection, channel, writer.write(&parcels)).await?;
    }
    // Nobody has the bus any more; `keep` finds the same.
    Ok(())
}

async fn tell(connection: &mut MultiplexedConnection, channel: &str, texts: Vec<String>) -> RedisResult<()> {
    if texts.is_empty() {
        return Ok(());
    }
    let mut said = redis::pipe();
    for text in texts {
        said.cmd("PUBLISH").arg(channel).arg(text).ignore();
    }
    said.exec_async(connection).await
}

/// Until the server does not answer. One that is stopped, or cut off, keeps its connections and says nothing.
async fn watch(mut connection: MultiplexedConnection) -> RedisResult<()> {
    loop {
        sleep(ASK).await;
        redis::cmd("PING").exec_async(&mut connection).await?;
    }
}

#[cfg(test)]
mod tests;
