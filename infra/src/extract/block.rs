//! What every reader makes of its file: blocks, in reading order, given to a `Sink` as they are found. The sink splits them, counts
//! what comes out, and sends it on; so no reader holds more than one file's worth of text.

use std::io;

use domain::document::ChunkDraft;

use super::limits::{ExtractLimits, Fault};
use super::protocol::Said;
use super::split::Splitter;

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Block {
    /// The page (slide, sheet) it begins on, counted from 1.
    pub page: Option<u32>,
    pub body: Body,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Body {
    /// Level 1 is the outermost.
    Heading(u8, String),
    /// A paragraph, or a list with a line for each item.
    Text(String),
    /// A line for each row. The head is said again where the table is split.
    Table { head: Option<String>, rows: Vec<String> },
}

/// Why reading ended early.
#[derive(Debug)]
pub enum Stop {
    Fault(Fault),
    /// The server does not listen any more.
    Io(io::Error),
}

impl From<Fault> for Stop {
    fn from(fault: Fault) -> Self {
        Self::Fault(fault)
    }
}

type Say<'a> = dyn FnMut(&Said) -> io::Result<()> + 'a;

pub struct Sink<'a> {
    splitter: Splitter,
    pub limits: ExtractLimits,
    say: Box<Say<'a>>,
    ready: Vec<ChunkDraft>,
    chunks: u64,
    text: u64,
    progress: f32,
}

impl<'a> Sink<'a> {
    pub fn new(
        splitter: Splitter,
        limits: ExtractLimits,
        say: impl FnMut(&Said) -> io::Result<()> + 'a,
    ) -> Self {
        Self {
            splitter,
            limits,
            say: Box::new(say),
            ready: Vec::new(),
            chunks: 0,
            text: 0,
            progress: 0.0,
        }
    }

    pub fn heading(&mut self, page: Option<u32>, level: u8, text: String) -> Result<(), Stop> {
        self.push(Block {
            page,
            body: Body::Heading(level, text),
        })
    }

    pub fn text(&mut self, page: Option<u32>, text: String) -> Result<(), Stop> {
        self.push(Block {
            page,
            body: Body::Text(text),
        })
    }

    pub fn push(&mut self, block: Block) -> Result<(), Stop> {
        self.splitter.push(block, &mut self.ready);
        self.send()
    }

    /// How much of the file is behind us, 0 to 1. Steps below a hundredth are not worth a line.
    pub fn progress(&mut self, done: f32) -> Result<(), Stop> {
        let done = done.min(1.0);
        if done - self.progress < 0.01 {
            return Ok(());
        }
        self.progress = done;
        (self.say)(&Said::Progress(done)).map_err(Stop::Io)
    }

    /// How many chunks there were.
    pub fn finish(mut self) -> Result<u64, Stop> {
        self.splitter.finish(&mut self.ready);
        self.send()?;
        if self.progress < 1.0 {
            (self.say)(&Said::Progress(1.0)).map_err(Stop::Io)?;
        }
        Ok(self.chunks)
    }

    fn send(&mut self) -> Result<(), Stop> {
        for chunk in self.ready.drain(..) {
            self.chunks += 1;
            self.text += chunk.text.len() as u64;
            if self.chunks > self.limits.chunks || self.text > self.limits.text {
                return Err(Fault::TooMuchText.into());
            }
            (self.say)(&Said::Chunk(chunk)).map_err(Stop::Io)?;
        }
        Ok(())
    }
}

/// What a reader makes of a file: `heading | text` of each chunk.
#[cfg(test)]
pub fn told(read: impl FnOnce(&mut Sink<'_>) -> Result<(), Stop>) -> Result<Vec<String>, Fault> {
    let mut told = Vec::new();
    let mut sink = Sink::new(Splitter::new(), ExtractLimits::default(), |said| {
        if let Said::Chunk(chunk) = said {
            told.push(format!("{} | {}", chunk.heading, chunk.text));
        }
        Ok(())
    });
    match read(&mut sink).and_then(|()| sink.finish()) {
        Ok(_) => Ok(told),
        Err(Stop::Fault(fault)) => Err(fault),
        Err(Stop::Io(error)) => unreachable!("{error}"),
    }
}
