//! The process that reads one file and ends: `colloquy extract-worker`, started by the `Extractor` alone. It limits itself, reads its
//! order and the file from the standard input, and answers in lines (`protocol.rs`). It has no settings and no log.

use std::io::{self, BufRead, Read, Write};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::process::ExitCode;
use std::sync::mpsc::{self, SyncSender};

use super::block::{Sink, Stop};
use super::limits::{ExtractLimits, Fault};
use super::protocol::{self, LINE, Order, Said};
use super::split::Splitter;
use super::{html, office, pdf, sandbox, table, text};
use domain::document::Kind;

/// Bytes. Deep files recurse deeply; what still overflows ends this process, which is what it is for.
const STACK: usize = 32 * 1024 * 1024;

/// To be called before anything else is started: no runtime, no log, no settings. Any failure that is not the file's is told by
/// the exit code alone.
pub fn child_main() -> ExitCode {
    // A panic would print what it was looking at.
    std::panic::set_hook(Box::new(|_| {}));
    let Ok(order) = order() else {
        return ExitCode::FAILURE;
    };
    if sandbox::limit(&order.limits).is_err() {
        return ExitCode::FAILURE;
    }
    let (received, whole) = mpsc::sync_channel(1);
    let worker = std::thread::Builder::new().stack_size(STACK).spawn(move || {
        let told = catch_unwind(AssertUnwindSafe(|| work(&order, &received)));
        // Ends the thread below as well.
        std::process::exit(i32::from(!matches!(told, Ok(Ok(())))))
    });
    if worker.is_ok() && whole.recv().is_ok() {
        // Nothing more comes: this returns when the server is gone or has lost its interest. A signal at the parent's death would
        // come too early, for it comes at the death of the thread that started this process.
        drop(io::stdin().lock().read(&mut [0]));
    }
    ExitCode::FAILURE
}

fn order() -> io::Result<Order> {
    let mut line = Vec::new();
    io::stdin().lock().take(LINE).read_until(b'\n', &mut line)?;
    Ok(serde_json::from_slice(&line)?)
}

fn work(order: &Order, received: &SyncSender<()>) -> io::Result<()> {
    let confined = sandbox::confine();
    say(&Said::Ready { confined })?;
    let content = protocol::content(&mut io::stdin().lock(), order.limits.file)?;
    let read = match content {
        None => Err(Stop::Fault(Fault::TooLarge)),
        Some(content) => {
            received.send(()).map_err(io::Error::other)?;
            // Most readers report what they do not like by an error, but some panic.
            catch_unwind(|| read(order.kind, content, order.limits))
                .unwrap_or(Err(Stop::Fault(Fault::Damaged)))
        }
    };
    match read {
        Ok(pages) => say(&Said::Done { pages }),
        Err(Stop::Fault(fault)) => say(&Said::Failed(fault)),
        Err(Stop::Io(error)) => Err(error),
    }
}

fn read(kind: Kind, content: Vec<u8>, limits: ExtractLimits) -> Result<Option<u32>, Stop> {
    if content.is_empty() {
        return Err(Stop::Fault(Fault::Empty));
    }
    let mut sink = Sink::new(Splitter::new(), limits, say);
    let pages = match kind {
        Kind::Text => text::plain(&content, &mut sink).map(|()| None),
        Kind::Markdown => text::markdown(&content, &mut sink).map(|()| None),
        Kind::Html => html::read(&content, &mut sink).map(|()| None),
        Kind::Csv => table::csv(&content, &mut sink).map(|()| None),
        Kind::Json => table::json(&content, &mut sink).map(|()| None),
        Kind::Pdf => pdf::read(content, &mut sink).map(Some),
        Kind::Docx | Kind::Pptx | Kind::Xlsx => office::read(kind, &content, &mut sink),
    }?;
    if sink.finish()? == 0 {
        return Err(Stop::Fault(Fault::NoText));
    }
    Ok(pages)
}

fn say(said: &Said) -> io::Result<()> {
    let mut line = serde_json::to_vec(said)?;
    line.push(b'\n');
    let mut out = io::stdout().lock();
    out.write_all(&line)?;
    out.flush()
}
