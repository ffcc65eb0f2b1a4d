use uuid::Uuid;

use super::*;

#[test]
fn a_person_is_there_until_three_seconds_after_the_last_socket() {
    let mut presence = Presence::new(Duration::from_secs(3), false);
    let (bot, ann, start) = (BotId::new(), UserId::new(), Instant::now());
    let (one, other) = (ConnectionId::new(), ConnectionId::new());
    assert!(presence.arrive(bot, ann, "ann", one).is_some());
    assert!(presence.arrive(bot, ann, "ann", other).is_none());
    assert!(presence.leave(bot, ann, one, start).is_none());
    assert!(presence.leave(bot, ann, other, start).is_none());
    assert!(presence.tick(start + Duration::from_millis(2_999)).is_empty());
    assert_eq!(presence.online(bot, ann).len(), 1);
    assert_eq!(presence.tick(start + Duration::from_secs(3)).len(), 1);
    assert!(presence.bots.is_empty());
}

#[test]
fn the_last_word_of_the_open_sockets_is_shown_and_private_sessions_are_not() {
    let mut presence = Presence::default();
    let (bot, ann, bob) = (BotId::new(), UserId::new(), UserId::new());
    let (one, other) = (ConnectionId::new(), ConnectionId::new());
    let viewing = |private_to| Viewing {
        session: SessionId::new(),
        private_to,
    };
    let (shared, private) = (viewing(None), viewing(Some(ann)));
    presence.arrive(bot, ann, "ann", one);
    presence.arrive(bot, ann, "ann", other);
    assert!(presence.view(bot, ann, one, Some(shared)).is_some());
    assert!(presence.view(bot, ann, one, Some(shared)).is_none());
    assert_eq!(presence.online(bot, bob)[0].session_id, Some(shared.session));
    assert!(presence.view(bot, ann, other, Some(private)).is_some());
    assert_eq!(presence.online(bot, bob)[0].session_id, None);
    assert_eq!(presence.online(bot, ann)[0].session_id, Some(private.session));
    assert!(presence.leave(bot, ann, other, Instant::now()).is_some());
    assert_eq!(presence.online(bot, bob)[0].session_id, Some(shared.session));
}

fn viewing(private_to: Option<UserId>) -> Option<Viewing> {
    Some(Viewing {
        session: SessionId::new(),
        private_to,
    })
}

/// Who is told how, in the order of ids.
fn said(mut told: Vec<(Online, PresenceStatus)>) -> Vec<(UserId, PresenceStatus, Option<SessionId>)> {
    told.sort_by_key(|(person, _)| person.user_id);
    told.into_iter()
        .map(|(person, status)| (person.user_id, status, person.session_id))
        .collect()
}

#[test]
fn a_greeting_lists_200_and_the_reader_and_counts_all() {
    let (mut presence, bot) = (Presence::default(), BotId::new());
    let mut users: Vec<_> = (0..LISTED + 50).map(|_| UserId::new()).collect();
    for (n, user) in users.iter().enumerate() {
        presence.arrive(bot, *user, &format!("u{n}"), ConnectionId::new());
        let company = presence.company(bot, *user);
        assert_eq!(
            (company.listed.len(), company.count),
            ((n + 1).min(LISTED), n + 1)
        );
        let own = |person: &&Online| person.user_id == *user;
        assert_eq!(company.listed.iter().filter(own).count(), 1);
    }
    users.sort();
    let first: Vec<_> = presence.company(bot, users[0]).listed;
    assert!(
        first
            .iter()
            .map(|person| person.user_id)
            .eq(users[..LISTED].iter().copied())
    );
}

#[test]
fn what_changed_since_a_greeting_is_told_once_and_as_it_is_now() {
    let (mut presence, bot, other) = (Presence::default(), BotId::new(), BotId::new());
    let [ann, bob, cat, dan, eve] = [(); 5].map(|()| UserId::new());
    let sockets = [(); 5].map(|()| ConnectionId::new());
    for (user, socket) in [ann, bob, cat, dan].into_iter().zip(sockets) {
        presence.arrive(bot, user, "someone", socket);
    }
    let seen = presence.company(bot, ann).seen;
    assert_eq!(said(presence.since(bot, ann, &seen)), []);
    presence.arrive(other, eve, "eve", ConnectionId::new());
    assert_eq!(said(presence.since(bot, ann, &seen)), [], "elsewhere");

    // Bob leaves, Cat looks at two sessions, Dan goes and comes back, Eve comes.
    let now = Instant::now();
    presence.leave(bot, bob, sockets[1], now);
    presence.leave(bot, dan, sockets[3], now);
    presence.tick(now);
    let last = viewing(None);
    presence.view(bot, cat, sockets[2], viewing(None));
    presence.view(bot, cat, sockets[2], last);
    presence.arrive(bot, dan, "someone", sockets[3]);
    presence.arrive(bot, eve, "eve", sockets[4]);
    let mut expected = vec![
        (bob, PresenceStatus::Offline, None),
        (cat, PresenceStatus::Online, last.map(|last| last.session)),
        (eve, PresenceStatus::Online, None),
    ];
    expected.sort_by_key(|(user, ..)| *user);
    assert_eq!(said(presence.since(bot, ann, &seen)), expected);
    assert_eq!(
        said(presence.since(bot, ann, &presence.company(bot, ann).seen)),
        []
    );
}

#[test]
fn what_the_reader_may_not_see_is_no_change() {
    let (mut presence, bot) = (Presence::default(), BotId::new());
    let [ann, bob] = [(); 2].map(|()| UserId::new());
    let sockets = [(); 2].map(|()| ConnectionId::new());
    presence.arrive(bot, ann, "ann", sockets[0]);
    presence.arrive(bot, bob, "bob", sockets[1]);
    let (of_ann, of_bob) = (presence.company(bot, ann).seen, presence.company(bot, bob).seen);
    let private = viewing(Some(ann));
    presence.view(bot, ann, sockets[0], private);
    assert_eq!(said(presence.since(bot, bob, &of_bob)), []);
    let own = (
        ann,
        PresenceStatus::Online,
        private.map(|private| private.session),
    );
    assert_eq!(said(presence.since(bot, ann, &of_ann)), [own]);
    let of_bob = {
        presence.view(bot, ann, sockets[0], viewing(None));
        presence.company(bot, bob).seen
    };
    presence.view(bot, ann, sockets[0], viewing(Some(ann)));
    let veiled = (ann, PresenceStatus::Online, None);
    assert_eq!(said(presence.since(bot, bob, &of_bob)), [veiled]);
}

#[test]
fn whoever_came_in_too_slowly_is_told_by_comparison() {
    let (mut presence, bot) = (Presence::default(), BotId::new());
    let [ann, bob, cat, eve] = [(); 4].map(|()| UserId::new());
    let sockets = [(); 3].map(|()| ConnectionId::new());
    for (user, socket) in [ann, bob, cat].into_iter().zip(sockets) {
        presence.arrive(bot, user, "someone", socket);
    }
    let seen = presence.company(bot, ann).seen;
    let now = Instant::now();
    presence.leave(bot, bob, sockets[1], now);
    presence.tick(now);
    presence.arrive(bot, eve, "eve", ConnectionId::new());
    for _ in 0..changes::KEPT {
        presence.view(bot, cat, sockets[2], viewing(Some(cat)));
    }
    assert!(presence.changes.since(seen.version).is_none());
    let mut expected = vec![
        (bob, PresenceStatus::Offline, None),
        (cat, PresenceStatus::Online, None),
        (eve, PresenceStatus::Online, None),
    ];
    expected.sort_by_key(|(user, ..)| *user);
    assert_eq!(said(presence.since(bot, ann, &seen)), expected);
}

#[test]
fn who_is_expected_back_looks_at_the_same_for_other_nodes_too() {
    let (mut here, mut there) = (Presence::new(Duration::from_secs(3), true), Presence::default());
    let (node, bot, ann, socket) = (Uuid::new_v4(), BotId::new(), UserId::new(), ConnectionId::new());
    here.arrive(bot, ann, "ann", socket);
    here.view(bot, ann, socket, viewing(None));
    assert_eq!(there.heard_all(node, here.all()).len(), 1);
    let start = Instant::now();
    here.leave(bot, ann, socket, start);
    assert!(
        there.heard_all(node, here.all()).is_empty(),
        "nothing has changed"
    );
    here.leave(bot, ann, ConnectionId::new(), start);
    here.tick(start + Duration::from_secs(3));
    assert!(here.all().is_empty());
    assert_eq!(there.heard_all(node, here.all()).len(), 1);
}

#[test]
fn who_came_back_within_the_grace_does_not_go_with_it() {
    let mut presence = Presence::new(Duration::from_secs(3), false);
    let (bot, ann, start) = (BotId::new(), UserId::new(), Instant::now());
    let (one, other) = (ConnectionId::new(), ConnectionId::new());
    let at = |seconds| start + Duration::from_secs(seconds);
    presence.arrive(bot, ann, "ann", one);
    presence.leave(bot, ann, one, start);
    assert!(presence.arrive(bot, ann, "ann", other).is_none());
    assert!(presence.tick(at(3)).is_empty());
    presence.leave(bot, ann, other, at(3));
    assert!(presence.tick(at(5)).is_empty());
    assert_eq!(presence.tick(at(6)).len(), 1);
    assert!(presence.leavers.is_empty());
}
