//! Who is writing on other nodes. Each node ends what it has begun; for one that dies in between, this does.

use std::collections::HashMap;
use std::time::Duration;

use tokio::time::Instant;
use uuid::Uuid;

use super::{Place, Told};

/// A node says it again each second, and that it has ended after six.
const SILENCE: Duration = Duration::from_secs(8);

#[derive(Debug, Default)]
pub struct Elsewhere {
    heard: HashMap<(Uuid, Place), (Box<str>, Instant)>,
}

impl Elsewhere {
    pub fn hear(&mut self, node: Uuid, place: Place, username: &str, is_typing: bool, now: Instant) {
        if is_typing {
            self.heard.insert((node, place), (username.into(), now));
        } else {
            self.heard.remove(&(node, place));
        }
    }

    /// Those of whom nothing was heard for too long.
    pub fn tick(&mut self, now: Instant) -> Vec<Told> {
        self.end(|_, heard| now >= heard + SILENCE)
    }

    /// The node is gone.
    pub fn forget(&mut self, node: Uuid) -> Vec<Told> {
        self.end(|of, _| of == node)
    }

    fn end(&mut self, over: impl Fn(Uuid, Instant) -> bool) -> Vec<Told> {
        let ended = self.heard.extract_if(|(node, _), (_, heard)| over(*node, *heard));
        ended
            .map(|((_, place), (username, _))| Told {
                place,
                username,
                is_typing: false,
            })
            .collect()
    }
}

#[cfg(test)]
mod tests {
    use domain::ids::{BotId, UserId};

    use super::*;

    #[test]
    fn typing_ends_with_the_silence_of_its_node() {
        let (one, other, start) = (Uuid::new_v4(), Uuid::new_v4(), Instant::now());
        let place = |user| Place {
            bot: BotId::new(),
            user,
            session: None,
        };
        let (ann, bob) = (place(UserId::new()), place(UserId::new()));
        let mut elsewhere = Elsewhere::default();
        elsewhere.hear(one, ann, "ann", true, start);
        elsewhere.hear(other, bob, "bob", true, start);
        elsewhere.hear(other, bob, "bob", false, start);
        assert!(elsewhere.tick(start + Duration::from_secs(7)).is_empty());
        let ended = elsewhere.tick(start + SILENCE);
        assert_eq!(ended.len(), 1);
        assert_eq!((ended[0].place, ended[0].is_typing), (ann, false));
        elsewhere.hear(one, ann, "ann", true, start);
        assert!(elsewhere.forget(other).is_empty());
        assert_eq!(elsewhere.forget(one).len(), 1);
        assert!(elsewhere.heard.is_empty());
    }
}
