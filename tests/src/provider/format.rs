//! The three wire formats as servers write them.

use serde_json::{Value, json};

use super::{INPUT_TOKENS, OUTPUT_TOKENS, SECRET};

#[derive(Clone, Copy)]
pub enum Format {
    OpenAi,
    Anthropic,
    Ollama,
}

impl Format {
    pub fn of(path: &str) -> Option<Self> {
        match path {
            "/v1/chat/completions" => Some(Self::OpenAi),
            "/v1/messages" => Some(Self::Anthropic),
            "/api/chat" => Some(Self::Ollama),
            _ => None,
        }
    }

    pub fn content_type(self) -> &'static str {
        match self {
            Self::OpenAi | Self::Anthropic => "text/event-stream",
            Self::Ollama => "application/x-ndjson",
        }
    }

    fn event(self, value: &Value) -> String {
        match self {
            Self::OpenAi => format!("data: {value}\n\n"),
            Self::Anthropic => format!(
                "event: {}\ndata: {value}\n\n",
                value["type"].as_str().unwrap_or_default()
            ),
            Self::Ollama => format!("{value}\n"),
        }
    }

    pub fn start(self) -> String {
        match self {
            Self::OpenAi => self.event(&json!({"choices": [{"index": 0, "delta": {"role": "assistant", "content": ""}, "finish_reason": null}]})),
            Self::Anthropic => {
                let usage = json!({"input_tokens": INPUT_TOKENS, "output_tokens": 1});
                let start = json!({"type": "message_start", "message": {"role": "assistant", "content": [], "usage": usage}});
                let block = json!({"type": "content_block_start", "index": 0, "content_block": {"type": "text", "text": ""}});
                self.event(&start) + &self.event(&block) + &self.event(&json!({"type": "ping"}))
            }
            Self::Ollama => String::new(),
        }
    }

    pub fn piece(self, text: &str) -> String {
        self.event(&match self {
            Self::OpenAi => json!({"choices": [{"index": 0, "delta": {"content": text}, "finish_reason": null}]}),
            Self::Anthropic => json!({"type": "content_block_delta", "index": 0, "delta": {"type": "text_delta", "text": text}}),
            Self::Ollama => json!({"model": "fake", "message": {"role": "assistant", "content": text}, "done": false}),
        })
    }

    pub fn end(self) -> String {
        match self {
            Self::OpenAi => {
                let usage = json!({"prompt_tokens": INPUT_TOKENS, "completion_tokens": OUTPUT_TOKENS});
                let stop = json!({"choices": [{"index": 0, "delta": {}, "finish_reason": "stop"}]});
                self.event(&stop) + &self.event(&json!({"choices": [], "usage": usage})) + "data: [DONE]\n\n"
            }
            Self::Anthropic => {
                let usage = json!({"output_tokens": OUTPUT_TOKENS});
                let stop =
                    json!({"type": "message_delta", "delta": {"stop_reason": "end_turn"}, "usage": usage});
                self.event(&json!({"type": "content_block_stop", "index": 0}))
                    + &self.event(&stop)
                    + &self.event(&json!({"type": "message_stop"}))
            }
            Self::Ollama => self.event(&json!({
                "message": {"role": "assistant", "content": ""}, "done": true, "done_reason": "stop",
                "prompt_eval_count": INPUT_TOKENS, "eval_count": OUTPUT_TOKENS,
            })),
        }
    }

    pub fn error(self) -> String {
        self.event(&match self {
            Self::OpenAi => json!({"error": {"message": SECRET, "type": "server_error"}}),
            Self::Anthropic => json!({"type": "error", "error": {"type": "api_error", "message": SECRET}}),
            Self::Ollama => json!({"error": SECRET}),
        })
    }
}
