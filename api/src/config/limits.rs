//! Every bound of the server, each with its default, its unit and what happens at it. Name, documentation, type and default stand
//! together, so a limit cannot be had without the other three. Bounds of texts belong to the REST contract and are constants of
//! `domain::text`.

use std::time::Duration;

use serde::{Deserialize, Serialize};
use tokio::sync::Semaphore;

use super::values::{duration, size};

const KIB: usize = 1024;
const MIB: usize = 1024 * KIB;

const fn seconds(n: u64) -> Duration {
    Duration::from_secs(n)
}

const fn minutes(n: u64) -> Duration {
    seconds(60 * n)
}

const fn days(n: u64) -> Duration {
    seconds(24 * 60 * 60 * n)
}

macro_rules! limits {
    ($($(#[$meta:meta])* $name:ident: $type:ty = $default:expr;)*) => {
        #[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
        #[serde(default)]
        pub struct Limits {
            $($(#[$meta])* pub $name: $type,)*
        }

        impl Limits {
            /// The keys, in the order of this file.
            pub const KEYS: &[&str] = &[$(stringify!($name)),*];
        }

        impl Default for Limits {
            fn default() -> Self {
                Self { $($name: $default,)* }
            }
        }
    };
}

limits! {
    // -- Sockets

    /// Bytes of one inbound WebSocket frame, and of a whole inbound message; more is closed with 1009.
    #[serde(with = "size")]
    frame_size: usize = 64 * KIB;
    /// Bytes of a socket's read buffer, and of its write buffer.
    #[serde(with = "size")]
    socket_buffer: usize = 4 * KIB;
    /// Bytes that may wait for one socket: at half, passing frames are dropped; at full it is closed with 4008.
    #[serde(with = "size")]
    queue_bytes: usize = MIB;
    /// Frames that may wait for one socket, with the same consequences as `queue_bytes`.
    queue_frames: usize = 512;
    /// How long one write to a socket may take.
    #[serde(with = "duration")]
    write_deadline: Duration = seconds(10);
    /// How often the server pings a socket.
    #[serde(with = "duration")]
    ping_interval: Duration = seconds(25);
    /// A socket that sent nothing, not even a pong, for so long is dropped.
    #[serde(with = "duration")]
    silence: Duration = seconds(50);
    /// Open sockets of one user; one more is refused with 1013.
    sockets_per_user: usize = 64;
    /// Open sockets of one user on one bot; one more is refused with 1013.
    sockets_per_user_and_bot: usize = 16;
    /// Open sockets of this node; one more is refused with 1013. 0: 90 % of the limit of open files.
    sockets_per_node: usize = 0;
    /// Inbound frames per second of one socket; what exceeds rate and burst is discarded.
    frames_per_second: u32 = 20;
    /// Inbound frames that one socket may send at once.
    frames_burst: u32 = 40;
    /// The least time between two typing signals of one socket in one session; the others are discarded.
    #[serde(with = "duration")]
    typing_interval: Duration = seconds(1);

    // -- The event log

    /// How long events are kept at least.
    #[serde(with = "duration")]
    event_retention: Duration = days(7);
    /// How many events of a bot are kept at least, however old.
    event_minimum: u64 = 10_000;
    /// Events that are replayed in one go; who has missed more is told to load the state anew.
    replay_limit: usize = 2_000;
    /// How long audit rows are kept.
    #[serde(with = "duration")]
    audit_retention: Duration = days(400);

    // -- Requests

    /// Bytes of a JSON body; more is answered 413.
    #[serde(with = "size")]
    json_size: usize = MIB;
    /// Bytes of a request's line and headers, at least 8 KiB; more is answered 431.
    #[serde(with = "size")]
    header_size: usize = 16 * KIB;
    /// How long a new connection may take until its first request's head is complete, TLS included; a tenth of it while more
    /// than half of `handshakes` are on their way.
    #[serde(with = "duration")]
    header_deadline: Duration = seconds(10);
    /// How long a connection may rest after an answer, until the next request's head is complete.
    #[serde(with = "duration")]
    keep_alive: Duration = minutes(1);
    /// How long a request may take in all, body and answer, streams and long polls apart; more is answered 408.
    #[serde(with = "duration")]
    request_deadline: Duration = seconds(30);
    /// Open connections of every kind, sockets included; one more is answered 503. 0: 95 % of the limit of open files.
    connections: usize = 0;
    /// Connections that may be on their way to their first request at once, TLS and WebSocket handshakes included; further
    /// ones wait for `header_deadline`, and are answered 503 then.
    handshakes: usize = 1_024;
    /// Requests per minute of one user, which may also come all at once; more is answered 429.
    requests_per_user: u32 = 600;
    /// Requests per minute without a credential from one address (IPv6: one /64), as above.
    requests_per_address: u32 = 60;

    // -- Documents

    /// Bytes of an uploaded file; more is answered 413.
    #[serde(with = "size")]
    upload_size: usize = 50 * MIB;
    /// Files that may be on their way in at once, and four of one person; one more waits, and is answered 429 after ten seconds.
    uploads: usize = 64;
    /// How long an upload may take in all; a pause of `request_deadline` ends it earlier.
    #[serde(with = "duration")]
    upload_deadline: Duration = minutes(10);
    /// Bytes of files that one person may have uploaded, over all bots; more is answered 409.
    #[serde(with = "size")]
    storage_per_user: usize = 1024 * MIB;
    /// Files that one person may have uploaded, over all bots; one more is answered 409.
    files_per_user: u32 = 1_000;
    /// Memory of the process that reads a file; a file that needs more ends as failed.
    #[serde(with = "size")]
    extract_memory: usize = 256 * MIB;
    /// Processor time of that process.
    #[serde(with = "duration")]
    extract_cpu: Duration = seconds(20);
    /// How long reading a file may take on the clock.
    #[serde(with = "duration")]
    extract_wall: Duration = seconds(30);
    /// Bytes that a packed file (DOCX, PPTX, XLSX) may unpack to.
    #[serde(with = "size")]
    unpacked_size: usize = 200 * MIB;
    /// How many times its own size a packed file may unpack to.
    unpacked_ratio: u32 = 100;
    /// Entries of a packed file.
    unpacked_entries: u32 = 2_000;
    /// Pages, slides or sheets of a file.
    document_pages: u32 = 5_000;

    // -- Answers

    /// Answers that one person may have running at once; further ones wait.
    answers_per_user: u32 = 4;
    /// Answers that are written at once on this node; further ones wait.
    answers: usize = 64;
    /// Bytes of one answer; it ends there.
    #[serde(with = "size")]
    answer_size: usize = 256 * KIB;
    /// How long one answer may take in all.
    #[serde(with = "duration")]
    answer_total: Duration = minutes(2);
    /// How long a model server may be silent, before its first word and between two.
    #[serde(with = "duration")]
    answer_idle: Duration = seconds(30);
    /// The pause between the pieces (a few words each) of an answer that no model writes, so that it can be followed.
    #[serde(with = "duration")]
    answer_pace: Duration = Duration::from_millis(12);
    /// Tokens of instructions, passages and conversation that a model is given.
    prompt_tokens: u32 = 8_000;

    // -- Log-in

    /// Failures of one account from one address before each further attempt has to wait.
    login_failures: u32 = 5;
    /// The first wait; each further failure doubles it.
    #[serde(with = "duration")]
    login_backoff: Duration = seconds(1);
    /// The longest wait.
    #[serde(with = "duration")]
    login_backoff_max: Duration = minutes(15);
    /// Failures of one account from anywhere, per hour, before every attempt is slowed down by `login_delay`.
    login_failures_per_account: u32 = 50;
    /// By how much: a delay and no refusal, because otherwise anybody could lock out anybody.
    #[serde(with = "duration")]
    login_delay: Duration = seconds(2);
    /// Failures of one address with any account, per minute; more is answered 429.
    login_failures_per_address: u32 = 20;
    /// Bytes that one password hash takes.
    #[serde(with = "size")]
    argon2_memory: usize = 19 * MIB;
    /// Passes of one password hash.
    argon2_passes: u32 = 2;
    /// Lanes of one password hash.
    argon2_lanes: u32 = 1;
    /// Hashes at a time. 0: one per core.
    argon2_parallel: usize = 0;
    /// Hashes that may wait; one more is answered 503.
    argon2_queue: usize = 64;

    // -- Tokens

    /// How long an access token is good.
    #[serde(with = "duration")]
    access_token: Duration = minutes(15);
    /// How long a refresh token is good; every use exchanges it for a new one.
    #[serde(with = "duration")]
    refresh_token: Duration = days(30);
    /// How long the token that was just exchanged gets the same new pair again.
    #[serde(with = "duration")]
    refresh_grace: Duration = seconds(30);
    /// How long a socket ticket is good.
    #[serde(with = "duration")]
    ticket: Duration = seconds(30);
    /// By how much other clocks may be ahead (`nbf`, `iat`). There is none on `exp`.
    #[serde(with = "duration")]
    clock_leeway: Duration = seconds(30);

    // -- The node

    /// Database connections that read, beside those that write.
    readers: u32 = 4;
    /// Database connections that write, on PostgreSQL; a file has one.
    writers: u32 = 8;
    /// How long a use case waits for its turn at the database before it is answered 503.
    #[serde(with = "duration")]
    database_patience: Duration = seconds(5);
    /// At a stop: how long requests and sockets may take to finish.
    #[serde(with = "duration")]
    shutdown_soft: Duration = seconds(8);
    /// At a stop: when the process ends, whatever is left.
    #[serde(with = "duration")]
    shutdown_hard: Duration = seconds(10);
}

impl Limits {
    /// Values that would make the server useless, or a library panic, are refused at start rather than found at night.
    pub(super) fn check(&self) -> Result<(), String> {
        let counts = [
            ("frame_size", self.frame_size),
            ("socket_buffer", self.socket_buffer),
            ("queue_bytes", self.queue_bytes),
            ("queue_frames", self.queue_frames),
            ("sockets_per_user", self.sockets_per_user),
            ("sockets_per_user_and_bot", self.sockets_per_user_and_bot),
            ("frames_per_second", self.frames_per_second as usize),
            ("frames_burst", self.frames_burst as usize),
            ("replay_limit", self.replay_limit),
            ("json_size", self.json_size),
            ("handshakes", self.handshakes),
            ("requests_per_user", self.requests_per_user as usize),
            ("requests_per_address", self.requests_per_address as usize),
            ("upload_size", self.upload_size),
            ("uploads", self.uploads),
            ("storage_per_user", self.storage_per_user),
            ("files_per_user", self.files_per_user as usize),
            ("extract_memory", self.extract_memory),
            ("unpacked_size", self.unpacked_size),
            ("unpacked_ratio", self.unpacked_ratio as usize),
            ("unpacked_entries", self.unpacked_entries as usize),
            ("document_pages", self.document_pages as usize),
            ("answers_per_user", self.answers_per_user as usize),
            ("answers", self.answers),
            ("answer_size", self.answer_size),
            ("prompt_tokens", self.prompt_tokens as usize),
            ("login_failures", self.login_failures as usize),
            (
                "login_failures_per_account",
                self.login_failures_per_account as usize,
            ),
            (
                "login_failures_per_address",
                self.login_failures_per_address as usize,
            ),
            ("argon2_passes", self.argon2_passes as usize),
            ("argon2_lanes", self.argon2_lanes as usize),
            ("readers", self.readers as usize),
            ("writers", self.writers as usize),
        ];
        let times = [
            ("write_deadline", self.write_deadline),
            ("ping_interval", self.ping_interval),
            ("event_retention", self.event_retention),
            ("audit_retention", self.audit_retention),
            ("header_deadline", self.header_deadline),
            ("keep_alive", self.keep_alive),
            ("request_deadline", self.request_deadline),
            ("upload_deadline", self.upload_deadline),
            ("extract_cpu", self.extract_cpu),
            ("extract_wall", self.extract_wall),
            ("answer_total", self.answer_total),
            ("answer_idle", self.answer_idle),
            ("access_token", self.access_token),
            ("refresh_token", self.refresh_token),
            ("ticket", self.ticket),
            ("database_patience", self.database_patience),
        ];
        let zero_count = counts.iter().find(|(_, value)| *value == 0).map(|(key, _)| key);
        let zero_time = times
            .iter()
            .find(|(_, value)| value.is_zero())
            .map(|(key, _)| key);
        if let Some(key) = zero_count.or(zero_time) {
            return Err(format!("`{key}` must not be 0"));
        }
        // tokio panics above this.
        if self.handshakes > Semaphore::MAX_PERMITS {
            return Err("`handshakes` is too large".into());
        }
        // hyper panics below this.
        if self.header_size < 8 * KIB {
            return Err("`header_size` must be at least 8KiB".into());
        }
        // argon2's own bound, per lane.
        if self.argon2_memory < 8 * KIB * self.argon2_lanes as usize {
            return Err("`argon2_memory` must be at least 8KiB for each lane".into());
        }
        if self.silence <= self.ping_interval {
            return Err("`silence` must be longer than `ping_interval`".into());
        }
        if self.shutdown_hard < self.shutdown_soft {
            return Err("`shutdown_hard` must not be shorter than `shutdown_soft`".into());
        }
        Ok(())
    }
}
