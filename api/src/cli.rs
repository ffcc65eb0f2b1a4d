//! The command line: what can be asked for, and nothing of how it is done (`program.rs`, `admin_cli.rs`,
//! `backup_cli.rs`). The word by which a
//! server starts the reader of a file is no part of it.

use std::path::PathBuf;

use clap::{Args, Parser, Subcommand};

use crate::config::{Flags, Settings, SettingsError, Sources};

/// A self-hosted backend for teams that talk to bots.
#[derive(Debug, Parser)]
#[command(name = "colloquy", version, max_term_width = 100)]
pub struct Cli {
    #[command(flatten)]
    pub global: Global,
    /// Without a command: serve.
    #[command(subcommand)]
    pub command: Option<Command>,
}

#[derive(Debug, Args)]
pub struct Global {
    /// The settings file [default: colloquy.toml, if it is there]
    #[arg(
        long,
        value_name = "FILE",
        global = true,
        env = "COLLOQUY_CONFIG",
        hide_env_values = true
    )]
    pub config: Option<PathBuf>,
    /// Where to listen, such as 127.0.0.1:8000
    #[arg(long, value_name = "ADDRESS", global = true)]
    pub listen: Option<String>,
    /// The folder of everything that is kept
    #[arg(long, value_name = "FOLDER", global = true)]
    pub data_dir: Option<PathBuf>,
    /// `sqlite:PATH` or `postgres://USER:PASSWORD@HOST/NAME` [default: colloquy.db in the data folder]
    #[arg(long, value_name = "URL", global = true)]
    pub database_url: Option<String>,
    /// Filter of the log, such as `info` or `info,api=debug`
    #[arg(long, value_name = "FILTER", global = true)]
    pub log: Option<String>,
}

#[derive(Debug, Clone, PartialEq, Eq, Subcommand)]
pub enum Command {
    /// Run the server (the default)
    Serve,
    /// Fill an empty data folder with two people, a bot, documents and a conversation, and run the server
    Demo,
    /// Bring the database up to date and end
    Migrate,
    /// Print the OpenAPI document
    Openapi {
        /// Compare it with this file instead; a difference is exit code 1
        #[arg(long, value_name = "FILE")]
        check: Option<PathBuf>,
    },
    /// Print the settings as they are in effect, secrets masked
    Config,
    /// Ask the server that runs with these settings whether it is ready; if it is not, the exit code is 1
    Health,
    /// Write everything into a new folder, beside a running server
    Backup {
        /// A folder that is not there yet
        #[arg(value_name = "DIR")]
        dir: PathBuf,
    },
    /// Read a backup into an installation in which there is nothing yet
    Restore {
        /// The folder of a backup
        #[arg(value_name = "DIR")]
        dir: PathBuf,
    },
    /// Look for damage in this installation, beside a running server, or in a backup; any is exit code 1
    Verify {
        /// The folder of a backup
        #[arg(value_name = "DIR")]
        dir: Option<PathBuf>,
    },
    /// Help people who cannot help themselves, at the database directly
    #[command(subcommand)]
    Admin(Admin),
}

#[derive(Debug, Clone, PartialEq, Eq, Subcommand)]
pub enum Admin {
    /// Make an account, whatever the rules of registration
    CreateUser {
        name: String,
        #[arg(long)]
        email: Option<String>,
        /// An administrator of the platform; the first account always is
        #[arg(long)]
        admin: bool,
        #[command(flatten)]
        password: PasswordFrom,
    },
    /// Set a new password and end all log-ins of that person
    SetPassword {
        name: String,
        #[command(flatten)]
        password: PasswordFrom,
    },
    /// Make somebody an administrator of the platform
    Promote { name: String },
    /// After the database was restored by hand: have every client load its state anew
    NewEpoch,
}

/// Without the flag: COLLOQUY_PASSWORD if it is set, else one is asked for on the terminal, else one is made and printed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Args)]
pub struct PasswordFrom {
    /// Read the password from the first line of the standard input
    #[arg(long)]
    pub password_stdin: bool,
}

impl Global {
    /// The settings of this process under these flags.
    pub fn settings(self) -> Result<Settings, SettingsError> {
        let Self {
            config,
            listen,
            data_dir,
            database_url,
            log,
        } = self;
        Settings::load(Sources::of_process(
            config,
            Flags {
                listen,
                data_dir,
                database_url,
                log,
            },
        )?)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_command_line_is_read_as_documented() {
        <Cli as clap::CommandFactory>::command().debug_assert();
        let parse = |words: &[&str]| Cli::try_parse_from([&["colloquy"], words].concat());
        assert_eq!(parse(&[]).expect("serves").command, None);
        let serve = parse(&["serve", "--listen", "0.0.0.0:80"]).expect("serves");
        assert_eq!(
            (serve.command, serve.global.listen),
            (Some(Command::Serve), Some("0.0.0.0:80".into()))
        );
        let create = parse(&["admin", "create-user", "ann", "--admin", "--password-stdin"]).expect("creates");
        let Some(Command::Admin(Admin::CreateUser {
            name,
            admin,
            password,
            ..
        })) = create.command
        else {
            panic!("another command")
        };
        assert!(name == "ann" && admin && password.password_stdin);
        let verify = |words: &[&str]| parse(words).expect("verifies").command;
        assert_eq!(verify(&["verify"]), Some(Command::Verify { dir: None }));
        let dir = Some("b".into());
        assert_eq!(verify(&["verify", "b"]), Some(Command::Verify { dir }));
        for wrong in [
            &["srve"][..],
            &["backup"],
            &["restore", "a", "b"],
            &["admin"],
            &["admin", "promote"],
            &["--port", "1"],
        ] {
            assert_eq!(parse(wrong).expect_err("is wrong").exit_code(), 2, "{wrong:?}");
        }
    }
}
