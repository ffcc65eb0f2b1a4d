use serde_json::json;

use super::*;

fn read(kind: ProviderKind, text: &str) -> Events {
    let mut decoder = Decoder::new(kind);
    let mut events = Vec::new();
    let mut rest = text;
    while let Some((line, behind)) = rest.split_once('\n') {
        events.extend(decoder.line(line.as_bytes())?);
        rest = behind;
    }
    if !events.contains(&Event::End) {
        events.extend(decoder.close(rest.as_bytes())?);
    }
    Ok(events)
}

fn said(text: &str) -> Event {
    Event::Text(text.to_owned())
}

#[test]
fn openai_chunks_are_read() {
    let usage = Event::Usage {
        input: Some(7),
        output: Some(2),
    };
    for (text, expected) in [
        (
            ": hello\n\ndata: {\"choices\":[{\"delta\":{\"role\":\"assistant\",\"content\":\"\"}}]}\n\ndata: {\"choices\":[{\"delta\":{\"content\":\"Hi\"}}]}\n\ndata: {\"choices\":[],\"usage\":{\"prompt_tokens\":7,\"completion_tokens\":2}}\n\ndata: [DONE]\n\n",
            vec![Event::Alive, said("Hi"), usage, Event::End],
        ),
        // Closed after the finish without the format's mark.
        (
            "data:{\"choices\":[{\"delta\":{\"content\":\"Hi\"},\"finish_reason\":\"stop\"}],\"usage\":null}\n\n",
            vec![said("Hi"), Event::End],
        ),
        (
            "data: {\"choices\":[{\"delta\":\ndata: {\"content\":\"Hi\"}}]}\n\ndata: [DONE]",
            vec![said("Hi"), Event::End],
        ),
    ] {
        assert_eq!(read(ProviderKind::OpenAi, text), Ok(expected), "{text}");
    }
}

#[test]
fn anthropic_events_are_read() {
    let text = "event: message_start\ndata: {\"type\":\"message_start\",\"message\":{\"usage\":{\"input_tokens\":5,\"cache_read_input_tokens\":3,\"output_tokens\":1}}}\n\nevent: ping\ndata: {\"type\":\"ping\"}\n\nevent: content_block_delta\ndata: {\"type\":\"content_block_delta\",\"delta\":{\"type\":\"text_delta\",\"text\":\"Hi\"}}\n\ndata: {\"type\":\"message_delta\",\"usage\":{\"output_tokens\":4}}\n\ndata: {\"type\":\"message_stop\"}\n\n";
    let expected = vec![
        Event::Usage {
            input: Some(8),
            output: Some(1),
        },
        Event::Alive,
        said("Hi"),
        Event::Usage {
            input: None,
            output: Some(4),
        },
        Event::End,
    ];
    assert_eq!(read(ProviderKind::Anthropic, text), Ok(expected));
}

#[test]
fn ollama_lines_are_read() {
    let text = "{\"message\":{\"content\":\"Hi\"},\"done\":false}\n{\"message\":{\"content\":\"\"},\"done\":true,\"prompt_eval_count\":5,\"eval_count\":2}\n";
    let usage = Event::Usage {
        input: Some(5),
        output: Some(2),
    };
    assert_eq!(
        read(ProviderKind::Ollama, text),
        Ok(vec![said("Hi"), usage, Event::End])
    );
}

#[test]
fn control_characters_are_no_text() {
    let hostile = "a\u{1b}[31mb\0\u{7}c\u{85}\r\nd\te\u{202e}f\u{7f}";
    for (kind, object) in [
        (
            ProviderKind::OpenAi,
            json!({"choices": [{"delta": {"content": hostile}}]}),
        ),
        (
            ProviderKind::Anthropic,
            json!({"type": "content_block_delta", "delta": {"text": hostile}}),
        ),
        (
            ProviderKind::Ollama,
            json!({"message": {"content": hostile}, "done": false}),
        ),
    ] {
        let events = Decoder::new(kind).object(object.to_string().as_bytes());
        assert_eq!(events, Ok(vec![said("a[31mbc\nd\te\u{202e}f")]), "{kind:?}");
    }
    let nothing = json!({"choices": [{"delta": {"content": "\u{1b}\r"}}]}).to_string();
    let events = Decoder::new(ProviderKind::OpenAi).object(nothing.as_bytes());
    assert_eq!(events, Ok(vec![Event::Alive]));
}

#[test]
fn numbers_that_count_nothing_are_passed_over() {
    for (number, read) in [
        ("7", Some(7)),
        ("7.0", Some(7)),
        ("0", Some(0)),
        ("-1", None),
        ("7.5", None),
        ("1e30", None),
        ("9223372036854775807", None),
        ("18446744073709551615", None),
        ("99999999999999999999999999", None),
        ("\"7\"", None),
        ("[]", None),
        ("null", None),
    ] {
        let expected: Vec<Event> = read
            .map(|read| Event::Usage {
                input: Some(read),
                output: None,
            })
            .into_iter()
            .collect();
        let got = |kind, text: String| {
            let mut events = Decoder::new(kind).object(text.as_bytes()).unwrap();
            events.retain(|event| matches!(event, Event::Usage { .. }));
            events
        };
        let openai = format!("{{\"choices\":[],\"usage\":{{\"prompt_tokens\":{number}}}}}");
        assert_eq!(got(ProviderKind::OpenAi, openai), expected, "{number}");
        let anthropic =
            format!("{{\"type\":\"message_start\",\"message\":{{\"usage\":{{\"input_tokens\":{number}}}}}}}");
        assert_eq!(got(ProviderKind::Anthropic, anthropic), expected, "{number}");
        let ollama = format!("{{\"done\":true,\"prompt_eval_count\":{number}}}");
        assert_eq!(got(ProviderKind::Ollama, ollama), expected, "{number}");
    }
    let cached = "{\"type\":\"message_start\",\"message\":{\"usage\":{\"input_tokens\":5,\"cache_read_input_tokens\":-9223372036854775808}}}";
    let five = Event::Usage {
        input: Some(5),
        output: None,
    };
    let events = Decoder::new(ProviderKind::Anthropic).object(cached.as_bytes());
    assert_eq!(events, Ok(vec![five]));
}

#[test]
fn what_comes_after_the_finish_spoils_no_answer() {
    let done = "data: {\"choices\":[{\"delta\":{\"content\":\"Hi\"},\"finish_reason\":\"stop\"}]}\n\n";
    for number in ["NaN", "1e999", "-Infinity"] {
        let text = format!(
            "{done}data: {{\"choices\":[],\"usage\":{{\"prompt_tokens\":{number}}}}}\n\ndata: [DONE]\n\n"
        );
        let events = read(ProviderKind::OpenAi, &text).unwrap();
        assert_eq!(
            (events.first(), events.last()),
            (Some(&said("Hi")), Some(&Event::End))
        );
    }
}

#[test]
fn what_is_no_answer_is_told_apart() {
    use ProviderKind::{Anthropic, Ollama, OpenAi};
    for (kind, text, trouble) in [
        (OpenAi, "", Trouble::Rubbish.finally()),
        (OpenAi, "<html>\n<body>hello</body>\n", Trouble::Rubbish.finally()),
        (OpenAi, "data: {oops\n\n", Trouble::Rubbish.finally()),
        (OpenAi, "data: 7\n\n", Trouble::Rubbish.finally()),
        (OpenAi, "data: {\"hello\":1}\n\n", Trouble::Rubbish.finally()),
        (
            OpenAi,
            "data: {\"choices\":[{\"delta\":{\"content\":\"Hi\"}}]}\n\n",
            Trouble::BrokeOff.finally(),
        ),
        (
            OpenAi,
            "data: {\"error\":{\"message\":\"secret\"}}\n\n",
            Trouble::Status.finally(),
        ),
        (
            Anthropic,
            "data: {\"type\":\"error\",\"error\":{\"type\":\"overloaded_error\"}}\n\n",
            Trouble::Busy.again(),
        ),
        (
            Anthropic,
            "data: {\"type\":\"ping\"}\n\n",
            Trouble::BrokeOff.finally(),
        ),
        (
            Ollama,
            "{\"error\":\"no such model\"}\n",
            Trouble::Status.finally(),
        ),
        (
            Ollama,
            "{\"message\":{\"content\":\"Hi\"},\"done\":false}\n",
            Trouble::BrokeOff.finally(),
        ),
        (
            Ollama,
            "{\"message\":{\"content\":\"Hi\"},\"done\":fal",
            Trouble::Rubbish.finally(),
        ),
    ] {
        assert_eq!(read(kind, text), Err(trouble), "{text}");
    }
}
