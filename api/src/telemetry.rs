//! Where log lines go: to stderr, for people on a terminal and as JSON for machines. What may be in a line is decided where it
//! is written; tokens, texts and queries never are.

use std::fmt::Display;
use std::io::{IsTerminal, Write};

use tracing_subscriber::EnvFilter;
use tracing_subscriber::util::SubscriberInitExt;

use crate::config::{LogFormat, Settings, SettingsError};

/// Starts logging for the whole process. Fails on a bad filter; a second call changes nothing.
pub fn start(settings: &Settings) -> Result<(), SettingsError> {
    let filter = filter(&settings.log)?;
    let json = match settings.log_format {
        LogFormat::Auto => !std::io::stderr().is_terminal(),
        LogFormat::Text => false,
        LogFormat::Json => true,
    };
    let builder = tracing_subscriber::fmt()
        .with_env_filter(filter)
        .with_writer(std::io::stderr)
        // It tells of a line that could not be written on stderr again, with a panic if nobody reads that any more.
        .log_internal_errors(false);
    let started = if json {
        builder.json().flatten_event(true).finish().try_init()
    } else {
        builder
            .with_ansi(std::io::stderr().is_terminal())
            .finish()
            .try_init()
    };
    drop(started);
    Ok(())
}

/// Tells the person who started the program. Whoever read that may be gone, which is no reason to end.
pub fn tell(text: impl Display) {
    let _ = writeln!(std::io::stderr(), "{text}");
}

fn filter(text: &str) -> Result<EnvFilter, SettingsError> {
    // Two lines for each step of the schema, and what the server remarks on each, are more than anybody reads; a filter that names them
    // gets them.
    let text_with_ours = format!("sea_orm_migration=warn,sqlx::postgres::notice=warn,{text}");
    EnvFilter::builder().parse(text_with_ours).map_err(|why| {
        SettingsError(format!(
            "`log`: `{text}` is no filter such as `info` or `info,api=debug`: {why}"
        ))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_bad_filter_is_told() {
        for good in ["info", "warn,api=debug", "colloquy::access=off", ""] {
            assert!(filter(good).is_ok(), "{good}");
        }
        let error = filter("api=loud").expect_err("no level");
        assert!(
            error.0.contains("`log`") && error.0.contains("api=loud"),
            "{error}"
        );
    }
}
