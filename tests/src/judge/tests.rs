//! The judge is judged: a clean run has no fault, and each fault that is planted in it is found and named.

use super::scene::{clean, event, logged, place_of, with};
use super::*;

#[test]
fn a_clean_run_has_no_fault() {
    assert_eq!(judge(&clean()), []);
}

#[test]
fn an_acknowledged_message_that_is_not_in_the_log_is_lost() {
    let told = Acknowledged {
        message_id: "message-13".to_owned(),
        seq: None,
    };
    let faults = with(|run| run.acknowledged.push(told));
    assert_eq!(
        faults,
        [Fault::Lost {
            message_id: "message-13".to_owned()
        }]
    );
}

#[test]
fn a_message_that_the_log_holds_under_another_number_is_lost() {
    let faults = with(|run| run.acknowledged[3].seq = Some(5));
    assert_eq!(
        faults,
        [Fault::Lost {
            message_id: "message-4".to_owned()
        }]
    );
}

#[test]
fn a_dropped_event_is_a_gap() {
    for (reader, name) in ["anna", "bert"].into_iter().enumerate() {
        for seq in [3, 4, 8, 11] {
            let faults = with(|run| {
                let place = place_of(&run.readers[reader], seq);
                run.readers[reader].frames.remove(place);
            });
            assert_eq!(
                faults,
                [Fault::Gap {
                    reader: name.to_owned(),
                    seq
                }]
            );
        }
    }
}

#[test]
fn an_event_dropped_at_the_very_end_is_seen_by_the_position_that_the_server_claimed() {
    let faults = with(|run| run.readers[2].frames.retain(|frame| *frame != event(11)));
    assert_eq!(
        faults,
        [Fault::Gap {
            reader: "cora".to_owned(),
            seq: 11
        }]
    );
    let faults = with(|run| run.readers[3].frames.retain(|frame| *frame != event(10)));
    assert_eq!(
        faults,
        [Fault::Gap {
            reader: "dora".to_owned(),
            seq: 10
        }]
    );
}

#[test]
fn an_event_that_came_twice_is_doubled() {
    // (which one, after which one it comes again): at once, out of a replay, and after a new connection
    for (seq, again) in [(4, 4), (7, 8), (9, 10)] {
        let faults = with(|run| {
            let bert = &mut run.readers[1];
            bert.frames.insert(place_of(bert, again) + 1, event(seq));
        });
        let doubled = Fault::Doubled {
            place: "bert".to_owned(),
            seq,
            id: format!("event-{seq}"),
        };
        assert_eq!(faults, [doubled]);
    }
}

#[test]
fn a_message_that_the_log_holds_twice_is_doubled() {
    let faults = with(|run| {
        let again = Logged {
            message_id: Some("message-12".to_owned()),
            ..logged(13)
        };
        run.log.push(again);
    });
    assert_eq!(
        faults,
        [Fault::Doubled {
            place: "the log".to_owned(),
            seq: 13,
            id: "event-13".to_owned()
        }]
    );
}

#[test]
fn a_post_that_was_taken_twice_is_doubled() {
    let faults = with(|run| {
        let again = Logged {
            content: Some("text 12".to_owned()),
            ..logged(13)
        };
        run.log.push(again);
    });
    assert_eq!(
        faults,
        [Fault::Doubled {
            place: "the log".to_owned(),
            seq: 13,
            id: "event-13".to_owned()
        }]
    );
}

#[test]
fn two_events_that_changed_places_are_swapped() {
    let faults = with(|run| {
        let place = place_of(&run.readers[0], 7);
        run.readers[0].frames.swap(place, place + 1);
    });
    assert_eq!(
        faults,
        [Fault::Swapped {
            place: "anna".to_owned(),
            seq: 7,
            after: 8
        }]
    );

    let faults = with(|run| run.log.swap(6, 7));
    assert_eq!(
        faults,
        [Fault::Swapped {
            place: "the log".to_owned(),
            seq: 7,
            after: 8
        }]
    );
}

#[test]
fn an_old_event_on_a_connection_that_asked_for_none_is_swapped() {
    let faults = with(|run| run.readers[2].frames.insert(1, event(9)));
    assert_eq!(
        faults,
        [Fault::Swapped {
            place: "cora".to_owned(),
            seq: 9,
            after: 10
        }]
    );
}

#[test]
fn a_number_that_the_log_skips_is_a_hole() {
    let faults = with(|run| {
        run.log.remove(9);
        run.acknowledged.remove(9);
        for reader in &mut run.readers {
            reader.frames.retain(|frame| *frame != event(10));
        }
    });
    assert_eq!(faults, [Fault::Hole { seq: 10 }]);
}

#[test]
fn an_event_that_nobody_wrote_is_a_phantom() {
    let faults = with(|run| run.readers[0].frames.push(event(13)));
    let phantom = |seq, id: &str| Fault::Phantom {
        reader: "anna".to_owned(),
        seq,
        id: id.to_owned(),
    };
    assert_eq!(faults, [phantom(13, "event-13")]);

    let faults = with(|run| {
        let place = place_of(&run.readers[0], 12);
        run.readers[0].frames[place] = Received::Event {
            seq: 12,
            id: "another".to_owned(),
        };
    });
    assert_eq!(faults, [phantom(12, "another")]);
}

#[test]
fn an_event_after_the_revocation_is_leaked() {
    let faults = with(|run| {
        let dora = &mut run.readers[3];
        let place = place_of(dora, 6);
        let seven = dora.frames.remove(place_of(dora, 7));
        dora.frames.insert(place + 1, seven);
    });
    assert_eq!(
        faults,
        [Fault::Leaked {
            reader: "dora".to_owned(),
            seq: 7
        }]
    );
}

#[test]
fn a_connection_that_was_let_in_after_the_revocation_is_leaked() {
    let faults = with(|run| {
        let dora = &mut run.readers[3];
        let place = place_of(dora, 6);
        dora.frames.insert(
            place + 1,
            Received::Greeting {
                since: Some(6),
                seq: 7,
            },
        );
    });
    assert_eq!(
        faults,
        [Fault::Leaked {
            reader: "dora".to_owned(),
            seq: 7
        }]
    );
}

#[test]
fn an_event_of_anothers_private_session_is_leaked() {
    let faults = with(|run| {
        let place = place_of(&run.readers[1], 4);
        run.readers[1].frames.insert(place + 1, event(5));
    });
    assert_eq!(
        faults,
        [Fault::Leaked {
            reader: "bert".to_owned(),
            seq: 5
        }]
    );
}

#[test]
fn what_came_after_a_loss_that_was_never_undone_is_owed_to_nobody() {
    // One event slipped through long after the loss: it is leaked, and those before it are no gap.
    let faults = with(|run| {
        let dora = &mut run.readers[3];
        dora.withdrawals[0].granted_again = None;
        dora.frames.truncate(place_of(dora, 6) + 1);
        dora.frames.push(event(12));
    });
    assert_eq!(
        faults,
        [Fault::Leaked {
            reader: "dora".to_owned(),
            seq: 12
        }]
    );
}

#[test]
fn a_replay_that_says_it_is_not_whole_leaves_no_gap_behind() {
    let faults = with(|run| {
        let bert = &mut run.readers[1];
        bert.frames
            .retain(|frame| *frame != event(7) && *frame != event(8));
        for frame in &mut bert.frames {
            if *frame
                == (Received::ReplayComplete {
                    to: 8,
                    complete: true,
                })
            {
                *frame = Received::ReplayComplete {
                    to: 8,
                    complete: false,
                };
            }
        }
    });
    assert_eq!(faults, []);
}

#[test]
fn a_replay_that_only_looks_whole_is_a_gap() {
    let faults = with(|run| run.readers[1].frames.retain(|frame| *frame != event(7)));
    assert_eq!(
        faults,
        [Fault::Gap {
            reader: "bert".to_owned(),
            seq: 7
        }]
    );
}

#[test]
fn several_faults_are_all_named() {
    let faults = with(|run| {
        run.log.remove(11);
        run.readers[0].frames.retain(|frame| *frame != event(3));
    });
    let phantom = |reader: &str| Fault::Phantom {
        reader: reader.to_owned(),
        seq: 12,
        id: "event-12".to_owned(),
    };
    let lost = Fault::Lost {
        message_id: "message-12".to_owned(),
    };
    let gap = Fault::Gap {
        reader: "anna".to_owned(),
        seq: 3,
    };
    assert_eq!(faults, [lost, gap, phantom("anna"), phantom("bert")]);
}
