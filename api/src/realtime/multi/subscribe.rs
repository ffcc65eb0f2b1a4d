//! A channel is asked for: whether there is such a one and room for it, whether the person may have it, and what it is greeted
//! with. How it comes in is `enter`'s matter.

use std::sync::Arc;
use std::sync::atomic::Ordering;

use domain::events::{BotGreeting, Greeting, SeqRange, StreamId};
use serde_json::{Value, json};

use super::request::Wanted;
use super::tasks::Listener;
use super::{CHANNELS, Channel, Listening, Multi, NOT_FOUND, TOO_MANY, frames};
use crate::realtime::frames::ChatGreeting;
use crate::realtime::inbound::{Code, Refusal, refusal};
use crate::realtime::outbox::{Frame, FrameKind, lock};
use crate::realtime::presence::{Company, Seen};

/// A channel that was accepted.
pub(super) struct Entry {
    pub listening: Arc<Listening>,
    pub stream: StreamId,
    pub channel: Channel,
    /// What it asked for; none: nothing of the past.
    pub range: Option<SeqRange>,
    pub greeting: Greeting,
}

impl Multi<'_> {
    pub(super) async fn subscribe(&self, wanted: Vec<Wanted>, id: Option<&str>) {
        for (index, Wanted { channel, range }) in wanted.into_iter().enumerate() {
            self.room().await;
            // The database is not asked for more than a socket could have.
            let done = if index < CHANNELS {
                self.subscribe_to(&channel, range, id).await
            } else {
                Err(TOO_MANY)
            };
            self.answered(done, &channel, id);
        }
    }

    async fn subscribe_to(
        &self,
        name: &str,
        range: Option<SeqRange>,
        id: Option<&str>,
    ) -> Result<(), Refusal> {
        let channel = Channel::parse(name).ok_or(NOT_FOUND)?;
        let again = self.has(channel);
        if !again && self.count() >= CHANNELS {
            return Err(TOO_MANY);
        }
        let stream = match channel {
            Channel::Tasks => return self.watch_tasks(id).await,
            Channel::Bot(bot) if !again => StreamId::Bot(bot),
            Channel::Notifications if !again => StreamId::User(self.connection.user_id),
            // Who asks again and is refused keeps what they have.
            Channel::Bot(_) | Channel::Notifications | Channel::Session(_) => {
                self.greeting(channel, None).await?.0
            }
        };
        // The seat comes before the question: what is published from then on is not missed.
        let listening = self.listen(stream);
        // It begins anew, so nothing of it is told between the old life and the new one.
        let left = again && listening.steady(&self.connection, || listening.channels.remove(channel));
        let done = match self.accept(&listening, channel, range).await {
            Ok(entry) => {
                self.enter(&entry, id).await;
                Ok(())
            }
            Err(refusal) => {
                if left {
                    self.push(Frame::new(FrameKind::Direct, frames::withdrawn(channel)));
                    self.show_all_again(&listening);
                }
                Err(refusal)
            }
        };
        self.arrived(&listening);
        done
    }

    async fn watch_tasks(&self, id: Option<&str>) -> Result<(), Refusal> {
        // Everyone may, who is somebody still.
        self.greeting(Channel::Tasks, None).await?;
        let bytes = frames::subscribed(Channel::Tasks, None, Value::Null, id);
        let answer = || self.push(Frame::new(FrameKind::Direct, bytes));
        let mut tasks = lock(&self.tasks);
        match tasks.as_ref() {
            Some(listener) => listener.begin_again(answer),
            None => *tasks = Some(Listener::begin(self.live, &self.connection, answer)),
        }
        Ok(())
    }

    async fn accept(
        &self,
        listening: &Arc<Listening>,
        channel: Channel,
        range: Option<SeqRange>,
    ) -> Result<Entry, Refusal> {
        let (stream, greeting) = self.greeting(channel, range.as_ref()).await?;
        if let StreamId::Bot(bot) = stream {
            let user = self.connection.user_id;
            let (_, elsewhere) = lock(&self.live.sockets_elsewhere).count(user, Some(bot));
            if !self.live.hub.admit(&self.connection, bot, elsewhere) {
                return Err(refusal(Code::TooManyChannels, "too many connections to this bot"));
            }
            self.live.tell_sockets(user);
        }
        Ok(Entry {
            listening: listening.clone(),
            stream,
            channel,
            range,
            greeting,
        })
    }

    /// Who is it, may they, and from which number on; and the stream that the channel is of.
    async fn greeting(
        &self,
        channel: Channel,
        range: Option<&SeqRange>,
    ) -> Result<(StreamId, Greeting), Refusal> {
        let (events, credential) = (&self.live.events, self.credential());
        let greeted = match channel {
            Channel::Bot(bot) => {
                let greeting = events.greet_bot(credential, bot, range).await;
                greeting.map(|greeting| (StreamId::Bot(bot), greeting))
            }
            Channel::Session(session) => {
                let greeting = events.greet_session(credential, session, range).await;
                greeting.map(|(bot, greeting)| (StreamId::Bot(bot), greeting))
            }
            Channel::Notifications | Channel::Tasks => {
                let greeting = events.greet_inbox(credential, range).await;
                greeting.map(|greeting| (StreamId::User(credential.user_id), greeting))
            }
        };
        greeted.map_err(|error| self.meaning(&error))
    }

    /// The person arrives, if they were not there yet, and the first frame tells what there is; who was there comes back for
    /// what changes until the channel is live.
    pub(super) fn greet(&self, entry: &Entry, id: Option<&str>) -> (Frame, Option<Seen>) {
        let Entry {
            stream,
            channel,
            greeting,
            ..
        } = entry;
        let company = match stream {
            StreamId::Bot(bot) => Some(self.arrive(&entry.listening, *bot, greeting)),
            StreamId::User(_) => None,
        };
        let (told, seen) = match (channel, &greeting.bot, company) {
            (Channel::Bot(_), Some(bot), Some(company)) => {
                (self.told_of_bot(bot, greeting, &company), Some(company.seen))
            }
            (Channel::Notifications, ..) => (json!({ "unread": greeting.unread }), None),
            (Channel::Bot(_) | Channel::Session(_) | Channel::Tasks, ..) => (Value::Null, None),
        };
        let place = Some((greeting.seq, &greeting.epoch));
        let bytes = frames::subscribed(*channel, place, told, id);
        (Frame::new(FrameKind::Direct, bytes), seen)
    }

    fn arrive(&self, listening: &Listening, bot: domain::ids::BotId, greeting: &Greeting) -> Company {
        if listening.present.swap(true, Ordering::Relaxed) {
            lock(&self.live.presence).company(bot, greeting.caller.user_id)
        } else {
            self.live.arrive(bot, &greeting.caller, &self.connection)
        }
    }

    fn told_of_bot(&self, bot: &BotGreeting, greeting: &Greeting, company: &Company) -> Value {
        let told = ChatGreeting {
            bot_id: bot.bot_id,
            bot_name: &bot.name,
            user_id: self.connection.user_id,
            connection_id: self.connection.id,
            role: bot.role,
            seq: greeting.seq,
            epoch: &greeting.epoch,
            expires_at: self.connection.credential().expires_at,
            online: &company.listed,
            online_count: company.count,
            read: &bot.read,
        };
        // Nothing in it can fail to be written.
        serde_json::to_value(&told).unwrap_or_default()
    }
}
