//! The run in which the judge's tests plant their faults: four readers, each with a story of their own.

use super::*;

pub(super) fn event(seq: u64) -> Received {
    Received::Event {
        seq,
        id: format!("event-{seq}"),
    }
}

pub(super) fn logged(seq: u64) -> Logged {
    Logged {
        seq,
        id: format!("event-{seq}"),
        message_id: Some(format!("message-{seq}")),
        content: Some(format!("text {seq}")),
        audience: Audience::Everyone,
    }
}

/// Twelve messages, all acknowledged; 5 is of anna's private session. Anna reads all in one go, bert loses the line
/// twice, cora came late without `since`, dora lost her role at 6 and got it back at 9.
pub(super) fn clean() -> Run {
    let mut log: Vec<Logged> = (1..=12).map(logged).collect();
    log[4].audience = Audience::Only("anna".to_owned());
    let acknowledged = (1..=12)
        .map(|seq| Acknowledged {
            message_id: format!("message-{seq}"),
            seq: (seq % 2 == 0).then_some(seq),
        })
        .collect();

    let mut anna = vec![Received::Greeting {
        since: Some(0),
        seq: 0,
    }];
    anna.push(Received::ReplayComplete {
        to: 0,
        complete: true,
    });
    anna.extend((1..=12).map(event));

    let mut bert = vec![Received::Greeting { since: None, seq: 2 }];
    bert.extend([3, 4, 6].map(event));
    bert.extend([
        Received::Greeting {
            since: Some(6),
            seq: 8,
        },
        event(7),
        event(8),
    ]);
    bert.extend([
        Received::ReplayComplete {
            to: 8,
            complete: true,
        },
        event(9),
    ]);
    bert.extend([Received::Greeting {
        since: Some(9),
        seq: 9,
    }]);
    bert.extend([Received::ReplayComplete {
        to: 9,
        complete: true,
    }]);
    bert.extend([10, 11, 12].map(event));

    let cora = vec![
        Received::Greeting { since: None, seq: 10 },
        event(11),
        Received::Pong { seq: 11 },
    ];

    let mut dora = vec![Received::Greeting {
        since: Some(3),
        seq: 3,
    }];
    dora.extend([
        Received::ReplayComplete {
            to: 3,
            complete: true,
        },
        event(4),
        event(6),
    ]);
    dora.push(Received::Greeting {
        since: Some(6),
        seq: 10,
    });
    dora.extend([7, 8, 9, 10].map(event));
    dora.push(Received::ReplayComplete {
        to: 10,
        complete: true,
    });

    let reader = |user: &str, frames: Vec<Received>| Reader {
        user: user.to_owned(),
        frames,
        withdrawals: vec![],
    };
    let mut readers = vec![
        reader("anna", anna),
        reader("bert", bert),
        reader("cora", cora),
        reader("dora", dora),
    ];
    readers[3].withdrawals = vec![Withdrawal {
        at: 6,
        granted_again: Some(9),
    }];
    Run {
        acknowledged,
        readers,
        log,
    }
}

/// The clean run with one thing changed, and what the judge says of it.
pub(super) fn with(plant: impl FnOnce(&mut Run)) -> Vec<Fault> {
    let mut run = clean();
    plant(&mut run);
    judge(&run)
}

pub(super) fn place_of(reader: &Reader, seq: u64) -> usize {
    reader
        .frames
        .iter()
        .position(|frame| *frame == event(seq))
        .expect("the clean run holds it")
}
