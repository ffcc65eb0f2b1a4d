//! Every frame that the server can send, made by what makes the real ones, with the channel of the document that it goes over.

use domain::access::Role;
use domain::events::{Audience, Epoch, Fact, Recorded, Sent, Signal, StreamId};
use domain::ids::{BotId, ConnectionId, EventId, SessionId, UserId};
use domain::time::Timestamp;
use serde_json::{Map, Value, json};

use super::facts::facts;
use super::signals::{marker, signals};
use crate::realtime::Online;
use crate::realtime::frame::{Frame, FrameKind};
use crate::realtime::frames::{self, ChatGreeting};
use crate::realtime::inbound::{Code, Refusal, refusal};
use crate::realtime::multi::{Channel, frames as multi};

pub type Sample = (&'static str, Value);

pub fn all() -> Vec<Sample> {
    [
        events(),
        passing(),
        greetings(),
        ends_of_replays(),
        answers(),
        answers_on_channels(),
        stream(),
    ]
    .concat()
}

fn read(bytes: &[u8]) -> Value {
    serde_json::from_slice(bytes).expect("a frame is JSON")
}

/// As a socket of many channels gets it.
fn labelled(frame: &Value, channel: Channel) -> Value {
    let frame = Frame::new(FrameKind::Ephemeral, frame.to_string().into());
    read(&frame.labelled(channel).bytes)
}

fn bot() -> Channel {
    Channel::Bot(BotId::new())
}

fn channels() -> Vec<Channel> {
    each!(Channel:
        Channel::Bot(_) => [bot()],
        Channel::Session(_) => [Channel::Session(SessionId::new())],
        Channel::Notifications => [Channel::Notifications],
        Channel::Tasks => [Channel::Tasks],
    )
}

/// Every fact with its number, in its stream.
fn recorded() -> impl Iterator<Item = Recorded> {
    facts().into_iter().map(|fact| {
        let stream = match &fact {
            Fact::Notified(_) | Fact::NotificationRead { .. } | Fact::CredentialLost(_) => {
                StreamId::User(UserId::new())
            }
            Fact::MessagePosted(_)
            | Fact::MessageUpdated(_)
            | Fact::MessageDeleted { .. }
            | Fact::SessionCreated(_)
            | Fact::SessionUpdated(_)
            | Fact::SessionDeleted { .. }
            | Fact::PermissionChanged(_)
            | Fact::BotChanged(_)
            | Fact::DocumentChanged(_) => StreamId::Bot(BotId::new()),
        };
        Recorded {
            stream,
            seq: 42,
            id: EventId::new(),
            at: Timestamp::now(),
            audience: Audience::Everyone,
            fact,
        }
    })
}

fn events() -> Vec<Sample> {
    let framed = recorded().filter_map(|recorded| Some((recorded.stream, frames::event_value(&recorded)?)));
    let told = framed.flat_map(|(stream, frame)| match stream {
        StreamId::Bot(_) => vec![
            ("multi", labelled(&frame, bot())),
            ("multi", labelled(&frame, Channel::Session(SessionId::new()))),
            ("stream", frame.clone()),
            ("chat", frame),
        ],
        StreamId::User(_) => vec![
            ("multi", labelled(&frame, Channel::Notifications)),
            ("notifications", frame),
        ],
    });
    told.collect()
}

fn passing() -> Vec<Sample> {
    let told = signals().into_iter().flat_map(|signal| {
        let of_tasks = matches!(signal, Signal::Task(_));
        let sent = Sent {
            bot_id: BotId::new(),
            seen: 41,
            at: Timestamp::now(),
            signal,
        };
        let shown = [false, true].map(|masked| read(&frames::signal(&sent, masked)));
        shown.into_iter().flat_map(move |frame| match of_tasks {
            true => vec![("multi", labelled(&frame, Channel::Tasks))],
            false => vec![("multi", labelled(&frame, bot())), ("chat", frame)],
        })
    });
    told.collect()
}

fn epoch() -> Epoch {
    Epoch::fresh()
}

/// What a bot's channel is greeted with, for each role.
fn bot_greetings<R>(shown: impl Fn(&ChatGreeting<'_>) -> R) -> Vec<R> {
    let greet = |role| {
        let online = [Some(SessionId::new()), None].map(|session_id| Online {
            user_id: UserId::new(),
            username: "somebody".into(),
            session_id,
        });
        shown(&ChatGreeting {
            bot_id: BotId::new(),
            bot_name: "Handbook",
            user_id: UserId::new(),
            connection_id: ConnectionId::new(),
            role,
            seq: 41,
            epoch: &epoch(),
            expires_at: Timestamp::now(),
            online: &online,
            online_count: online.len(),
            read: &[marker()],
        })
    };
    all!(Role: Viewer, Editor, Owner).into_iter().map(greet).collect()
}

fn greetings() -> Vec<Sample> {
    let (user, connection, at) = (UserId::new(), ConnectionId::new(), Timestamp::now());
    let chat = bot_greetings(|greeting| ("chat", read(&frames::chat_greeting(greeting)))).into_iter();
    let inbox = frames::notifications_greeting(user, connection, 7, &epoch(), at, 2);
    let others = [
        ("notifications", read(&inbox)),
        ("multi", read(&multi::greeting(user, connection, at))),
    ];
    chat.chain(others).collect()
}

fn ends_of_replays() -> Vec<Sample> {
    let ends = [(Some(38), true), (None, false)].into_iter();
    let told = ends.flat_map(|(from, complete)| {
        let (bot_id, user) = (BotId::new(), StreamId::User(UserId::new()));
        let stream = StreamId::Bot(bot_id);
        let on = |channel, stream| read(&multi::replayed(channel, stream, from, 41, complete).bytes);
        [
            ("chat", read(&frames::replay_complete(stream, from, 41, complete))),
            (
                "notifications",
                read(&frames::replay_complete(user, from, 41, complete)),
            ),
            ("multi", on(Channel::Bot(bot_id), stream)),
            ("multi", on(Channel::Notifications, user)),
        ]
    });
    told.collect()
}

fn refusals() -> Vec<Refusal> {
    let codes = all!(Code:
        InvalidJson, InvalidMessage, UnknownType, NotFound, AccessDenied, RateLimited, TooManyChannels, Unavailable,
    );
    codes
        .into_iter()
        .map(|code| refusal(code, "a sentence"))
        .collect()
}

/// Direct answers that every kind of socket gives, with and without an `id`.
fn answers() -> Vec<Sample> {
    let mut told = Vec::new();
    for (id, timestamp) in [(None, None), (Some("7"), Some("any text"))] {
        for channel in ["chat", "notifications", "multi"] {
            let seq = (channel != "multi").then_some(41);
            told.push((channel, read(&frames::pong(timestamp, seq, id))));
            told.push((channel, read(&frames::authenticated(Timestamp::now(), id))));
            for refusal in refusals() {
                told.push((channel, read(&frames::error(refusal, id))));
            }
        }
    }
    told
}

fn answers_on_channels() -> Vec<Sample> {
    let told = [None, Some("1")].into_iter().flat_map(|id| {
        let epoch = epoch();
        let place = Some((41, &epoch));
        let bots = bot_greetings(|greeting| {
            multi::subscribed(bot(), place, serde_json::to_value(greeting).unwrap(), id)
        });
        let others = channels().into_iter().flat_map(|channel| {
            let subscribed = match channel {
                // With a greeting, above.
                Channel::Bot(_) => None,
                Channel::Session(_) => Some(multi::subscribed(channel, place, Value::Null, id)),
                Channel::Notifications => Some(multi::subscribed(channel, place, json!({ "unread": 2 }), id)),
                Channel::Tasks => Some(multi::subscribed(channel, None, Value::Null, id)),
            };
            let name = channel.to_string();
            let refused = refusals()
                .into_iter()
                .map(move |refusal| multi::error(refusal, Some(&name), id));
            let ended = [multi::unsubscribed(channel, id), multi::withdrawn(channel)];
            let filtered = multi::filter_updated(channel, &Map::new(), id);
            refused
                .chain(subscribed)
                .chain(ended)
                .chain([filtered])
                .collect::<Vec<_>>()
        });
        let events: Vec<_> = recorded().collect();
        let pages = [
            multi::history(bot(), &events, (42, &epoch), true, id),
            multi::history(Channel::Notifications, &[], (7, &epoch), false, id),
        ];
        bots.into_iter().chain(others).chain(pages).collect::<Vec<_>>()
    });
    told.map(|bytes| ("multi", read(&bytes))).collect()
}

/// What only an event stream tells.
fn stream() -> Vec<Sample> {
    let ends = super::closes().into_iter();
    let ends = ends.map(|close| json!({ "code": close.event_stream_code() }));
    let replays = ends_of_replays()
        .into_iter()
        .filter(|(channel, _)| *channel == "chat");
    let replays = replays.map(|(_, frame)| frame["data"].clone());
    ends.chain(replays).map(|told| ("stream", told)).collect()
}
