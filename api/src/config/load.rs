//! Reading the settings: defaults, then `colloquy.toml`, then the environment, then flags; the later one wins. What is not
//! known is an error, because a misspelt limit is no limit.

use std::collections::HashMap;
use std::path::PathBuf;

use ::config::{Config, ConfigError, Environment, File, FileFormat, Source};

use super::{Limits, Settings, SettingsError, show};

/// Read from the working directory if it is there.
pub const FILE: &str = "colloquy.toml";

const PREFIX: &str = "COLLOQUY_";

/// Variables that the command line reads by itself.
const NOT_SETTINGS: [&str; 2] = ["COLLOQUY_CONFIG", "COLLOQUY_PASSWORD"];

/// What the command line says.
#[derive(Debug, Clone, Default)]
pub struct Flags {
    pub listen: Option<String>,
    pub data_dir: Option<PathBuf>,
    pub database_url: Option<String>,
    pub log: Option<String>,
}

/// Where settings come from. Tests fill it in; the program takes `Sources::of_process`.
#[derive(Debug, Clone, Default)]
pub struct Sources {
    /// Must exist.
    pub file: Option<PathBuf>,
    /// Where `colloquy.toml` is looked for when no file was named.
    pub directory: Option<PathBuf>,
    pub environment: HashMap<String, String>,
    pub flags: Flags,
}

impl Sources {
    /// This process's working directory and environment. Fails if a variable of ours is no UTF-8.
    pub fn of_process(file: Option<PathBuf>, flags: Flags) -> Result<Self, SettingsError> {
        let mut environment = HashMap::new();
        for (name, value) in std::env::vars_os() {
            let Ok(name) = name.into_string() else { continue };
            if !name.starts_with(PREFIX) {
                continue;
            }
            let value = value
                .into_string()
                .map_err(|_| SettingsError(format!("the variable {name} is not UTF-8")))?;
            environment.insert(name, value);
        }
        Ok(Self {
            file,
            directory: Some(PathBuf::from(".")),
            environment,
            flags,
        })
    }
}

impl Settings {
    /// Reads and checks the settings.
    pub fn load(sources: Sources) -> Result<Self, SettingsError> {
        let Sources {
            file,
            directory,
            mut environment,
            flags,
        } = sources;
        let mut builder = Config::builder();

        let path = file.or_else(|| directory.map(|d| d.join(FILE)).filter(|path| path.exists()));
        if let Some(path) = path {
            let text = std::fs::read_to_string(&path)
                .map_err(|why| SettingsError(format!("cannot read {}: {why}", path.display())))?;
            // Parsed from text: given a path, the crate would guess at file names.
            let source = File::from_str(&text, FileFormat::Toml);
            let name = path.display().to_string();
            let read = source
                .collect()
                .map_err(|why| SettingsError(format!("{name}: {}", line(&why))))?;
            known(read.keys(), |key| format!("unknown key `{key}` in {name}"))?;
            builder = builder.add_source(source);
        }

        for name in NOT_SETTINGS {
            environment.remove(name);
        }
        // No `try_parsing`: it turns a secret of digits into a rounded number. Text is read as what the field wants. An empty
        // variable is one that is not set, because that is how compose files leave one out.
        let source = Environment::with_prefix("COLLOQUY")
            .prefix_separator("_")
            .ignore_empty(true)
            .source(Some(environment));
        let read = source.collect().map_err(|why| SettingsError(line(&why)))?;
        known(read.keys(), |key| {
            format!("unknown variable {PREFIX}{}", key.to_uppercase())
        })?;
        builder = builder.add_source(source);

        let data_dir = flags.data_dir.map(|path| path.to_string_lossy().into_owned());
        for (key, value) in [
            ("listen", flags.listen),
            ("data_dir", data_dir),
            ("database_url", flags.database_url),
            ("log", flags.log),
        ] {
            builder = builder
                .set_override_option(key, value)
                .map_err(|why| SettingsError(line(&why)))?;
        }

        let config = builder.build().map_err(|why| SettingsError(line(&why)))?;
        let limits: Limits = config
            .clone()
            .try_deserialize()
            .map_err(|why| SettingsError(line(&why)))?;
        let settings: Self = config
            .try_deserialize()
            .map_err(|why| SettingsError(line(&why)))?;
        let settings = Self { limits, ..settings };
        settings.check()?;
        Ok(settings)
    }
}

fn known<'a>(
    keys: impl Iterator<Item = &'a String>,
    complaint: impl Fn(&str) -> String,
) -> Result<(), SettingsError> {
    let known = show::keys();
    let mut unknown: Vec<_> = keys.filter(|key| !known.contains(&key.as_str())).collect();
    // The same complaint every time, whatever the order of the map.
    unknown.sort();
    unknown
        .first()
        .map_or(Ok(()), |key| Err(SettingsError(complaint(key))))
}

/// One line; parse errors come with the lines of the file, which may hold a secret.
fn line(error: &ConfigError) -> String {
    if let ConfigError::FileParse { cause, .. } = error {
        let text = cause.to_string();
        let kept: Vec<_> = text
            .lines()
            .filter(|line| !line.contains('|') && !line.trim().is_empty())
            .collect();
        return kept.join(": ");
    }
    error.to_string().lines().collect::<Vec<_>>().join(" ")
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use secrecy::ExposeSecret;

    use super::*;
    use crate::config::Registration;

    struct Folder(PathBuf);

    impl Folder {
        fn with(text: &str) -> Self {
            let path = std::env::temp_dir().join(format!("colloquy-{}", uuid::Uuid::now_v7()));
            std::fs::create_dir(&path).expect("a fresh folder");
            std::fs::write(path.join(FILE), text).expect("a file in it");
            Self(path)
        }
    }

    impl Drop for Folder {
        fn drop(&mut self) {
            let _ = std::fs::remove_dir_all(&self.0);
        }
    }

    fn load(toml: &str, environment: &[(&str, &str)], flags: Flags) -> Result<Settings, String> {
        let folder = Folder::with(toml);
        let environment = environment
            .iter()
            .map(|(k, v)| ((*k).to_owned(), (*v).to_owned()))
            .collect();
        Settings::load(Sources {
            file: None,
            directory: Some(folder.0.clone()),
            environment,
            flags,
        })
        .map_err(|error| error.0)
    }

    #[test]
    fn flags_beat_the_environment_beats_the_file_beats_the_default() {
        let toml = "log = \"file\"\nlisten = \"127.0.0.1:1\"\ndata_dir = \"file\"\nqueue_frames = 7";
        let environment = [("COLLOQUY_LISTEN", "127.0.0.1:2"), ("COLLOQUY_DATA_DIR", "env")];
        let flags = Flags {
            data_dir: Some("flag".into()),
            ..Flags::default()
        };
        let settings = load(toml, &environment, flags).expect("good settings");
        assert_eq!(settings.data_dir, PathBuf::from("flag"));
        assert_eq!(settings.listen.port(), 2);
        assert_eq!(settings.log, "file");
        assert_eq!(settings.limits.queue_frames, 7);
        assert_eq!(settings.limits.sockets_per_user, 64);
        assert_eq!(settings.registration, Registration::Auto);
    }

    #[test]
    fn every_kind_of_value_is_read_from_text() {
        let secret = "31415926535897932384626433832795";
        let environment = [
            ("COLLOQUY_SECRET", secret),
            (
                "COLLOQUY_ALLOWED_ORIGINS",
                "https://a.example.org, https://b.example.org",
            ),
            ("COLLOQUY_TRUSTED_PROXIES", "10.0.0.0/8,::1"),
            ("COLLOQUY_ACCESS_TOKEN", "20s"),
            ("COLLOQUY_KEEP_ALIVE", "90"),
            ("COLLOQUY_JSON_SIZE", "2MiB"),
            ("COLLOQUY_REQUESTS_PER_USER", "000123"),
            ("COLLOQUY_REGISTRATION", "closed"),
            ("COLLOQUY_PUBLIC_URL", ""),
            ("COLLOQUY_PASSWORD", "not a setting"),
        ];
        let settings = load("", &environment, Flags::default()).expect("good settings");
        assert_eq!(settings.secret.as_ref().map(|s| s.expose_secret()), Some(secret));
        assert_eq!(
            settings.allowed_origins,
            ["https://a.example.org", "https://b.example.org"]
        );
        assert_eq!(settings.trusted_proxies.len(), 2);
        assert_eq!(settings.limits.access_token, Duration::from_secs(20));
        assert_eq!(settings.limits.keep_alive, Duration::from_secs(90));
        assert_eq!(settings.limits.json_size, 2 * 1024 * 1024);
        assert_eq!(settings.limits.requests_per_user, 123);
        assert_eq!(settings.registration, Registration::Closed);
        assert_eq!(settings.public_url, None);
    }

    #[test]
    fn the_file_may_hold_lists_and_numbers() {
        let toml = "trusted_proxies = [\"10.0.0.1\", \"fd00::/8\"]\naccess_token = 60\nframe_size = 1024";
        let settings = load(toml, &[], Flags::default()).expect("good settings");
        assert_eq!(settings.trusted_proxies.len(), 2);
        assert_eq!(settings.limits.access_token, Duration::from_secs(60));
        assert_eq!(settings.limits.frame_size, 1024);
    }

    #[test]
    fn an_error_names_the_key() {
        for (toml, environment, named) in [
            ("queue_frame = 1", None, "`queue_frame`"),
            ("[server]\nport = 1", None, "`server`"),
            ("", Some(("COLLOQUY_QUEUE_FRAME", "1")), "COLLOQUY_QUEUE_FRAME"),
            ("", Some(("COLLOQUY_QUEUE_FRAMES", "many")), "queue_frames"),
            ("", Some(("COLLOQUY_ACCESS_TOKEN", "soon")), "access_token"),
            ("", Some(("COLLOQUY_LISTEN", "8000")), "listen"),
            ("", Some(("COLLOQUY_TRUSTED_PROXIES", "proxy")), "trusted_proxies"),
            ("", Some(("COLLOQUY_REGISTRATION", "maybe")), "registration"),
            ("", Some(("COLLOQUY_ALLOWED_ORIGINS", "*")), "allowed_origins"),
            ("", Some(("COLLOQUY_SECRET", "short")), "secret"),
        ] {
            let environment: Vec<_> = environment.into_iter().collect();
            let error = load(toml, &environment, Flags::default()).expect_err(named);
            assert!(error.contains(named), "{error:?} should name {named}");
            assert!(!error.contains('\n'), "{error:?}");
        }
    }

    #[test]
    fn a_broken_file_is_told_without_its_text() {
        let error = load("secret = \"hunter2hunter2\nlog = 1", &[], Flags::default()).expect_err("no TOML");
        assert!(!error.contains("hunter2"), "{error}");
        assert!(!error.contains('\n'), "{error}");
        let missing = Sources {
            file: Some("/nonexistent/c.toml".into()),
            ..Sources::default()
        };
        assert!(
            Settings::load(missing)
                .expect_err("no file")
                .0
                .contains("/nonexistent/c.toml")
        );
    }
}
