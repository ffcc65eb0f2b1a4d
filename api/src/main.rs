//! The binary `colloquy`. What it does is `api::program`, which the tests start as a process too.

fn main() -> std::process::ExitCode {
    api::program::main()
}
