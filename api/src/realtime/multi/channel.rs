//! The names of channels. Each has one spelling: what is told of a channel carries the name that it was asked for by.

use std::fmt::{self, Display, Formatter};

use domain::ids::{BotId, SessionId};

#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Channel {
    Bot(BotId),
    /// One session's part of its bot's stream.
    Session(SessionId),
    /// The person's own.
    Notifications,
    /// Background work on all bots that the person may see. Nothing of it is kept.
    Tasks,
}

impl Channel {
    /// `None`: there is no such channel.
    pub fn parse(name: &str) -> Option<Self> {
        let channel = match name.split_once(':') {
            None if name == "notifications" => Self::Notifications,
            None if name == "tasks" => Self::Tasks,
            Some(("bot", id)) => Self::Bot(id.parse().ok()?),
            Some(("session", id)) => Self::Session(id.parse().ok()?),
            Some(_) | None => return None,
        };
        // An id can be written in several ways.
        (channel.to_string() == name).then_some(channel)
    }

    /// It carries all of a stream that its person may see.
    pub fn is_whole(self) -> bool {
        match self {
            Self::Bot(_) | Self::Notifications => true,
            Self::Session(_) | Self::Tasks => false,
        }
    }

    /// The session that it is a part of the stream for.
    pub fn session(self) -> Option<SessionId> {
        match self {
            Self::Session(id) => Some(id),
            Self::Bot(_) | Self::Notifications | Self::Tasks => None,
        }
    }
}

impl Display for Channel {
    fn fmt(&self, formatter: &mut Formatter<'_>) -> fmt::Result {
        match self {
            Self::Bot(id) => write!(formatter, "bot:{id}"),
            Self::Session(id) => write!(formatter, "session:{id}"),
            Self::Notifications => formatter.write_str("notifications"),
            Self::Tasks => formatter.write_str("tasks"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_channel_has_one_name() {
        let id = BotId::new();
        for (name, known) in [
            (format!("bot:{id}"), true),
            (format!("session:{id}"), true),
            ("notifications".into(), true),
            ("tasks".into(), true),
            (format!("bot:{}", id.to_string().to_uppercase()), false),
            (format!("bot:{{{id}}}"), false),
            (format!("user:{id}"), false),
            ("bot:".into(), false),
            ("bot".into(), false),
            ("logs".into(), false),
            ("notifications:".into(), false),
            (String::new(), false),
        ] {
            let channel = Channel::parse(&name);
            assert_eq!(channel.map(|channel| channel.to_string()), known.then_some(name));
        }
    }
}
