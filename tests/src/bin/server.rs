//! The real program, built where tests find it.

use std::process::ExitCode;

fn main() -> ExitCode {
    api::program::main()
}
