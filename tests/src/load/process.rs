//! The real binary as a process of its own: started on a data directory and a fixed port, waited for until it says
//! that it is ready, killed without warning, and started again on the same place. Planned stops are `process`'s affair.

use std::path::{Path, PathBuf};
use std::process::{Child, Command};
use std::time::{Duration, Instant};

use anyhow::{Context, Result, bail, ensure};

use crate::{logs, process};

/// How long a start may take before it counts as failed.
const PATIENCE: Duration = Duration::from_secs(30);

#[derive(Debug)]
pub struct Server {
    binary: PathBuf,
    data_dir: PathBuf,
    settings: Vec<(String, String)>,
    pub address: String,
    child: Child,
}

impl Server {
    /// Starts it; the second value is the time until `/health/ready` said so.
    ///
    /// # Errors
    /// When it does not start or does not become ready.
    pub async fn start(
        binary: &Path,
        data_dir: &Path,
        settings: &[(&str, &str)],
    ) -> Result<(Self, Duration)> {
        // It starts again on the same one: nobody may take it while it is away.
        let address = format!("127.0.0.1:{}", services::free_port());
        let settings: Vec<_> = settings
            .iter()
            .map(|(k, v)| ((*k).to_owned(), (*v).to_owned()))
            .collect();
        let begun = Instant::now();
        let child = spawn(binary, data_dir, &settings, &address)?;
        let (binary, data_dir) = (binary.to_owned(), data_dir.to_owned());
        let mut server = Self {
            binary,
            data_dir,
            settings,
            address,
            child,
        };
        server.until_ready(begun).await?;
        Ok((server, begun.elapsed()))
    }

    /// `kill -9`, and the wait for the kernel to have done it.
    ///
    /// # Errors
    /// When there was nothing to kill.
    pub fn kill(&mut self) -> Result<()> {
        ensure!(
            self.child.try_wait()?.is_none(),
            "it had ended by itself; see {}",
            log_name(&self.data_dir)
        );
        self.child.kill()?;
        self.child.wait()?;
        Ok(())
    }

    /// Sends it a signal, such as `STOP`.
    ///
    /// # Errors
    /// When it cannot be sent.
    pub fn signal(&self, name: &str) -> Result<()> {
        let status = Command::new("kill")
            .args([format!("-{name}"), self.child.id().to_string()])
            .status()?;
        ensure!(status.success(), "kill -{name}: {status}");
        Ok(())
    }

    /// Starts it again on the same data and the same port.
    ///
    /// # Errors
    /// When it does not become ready.
    pub async fn restart(&mut self) -> Result<Duration> {
        let begun = Instant::now();
        self.child = spawn(&self.binary, &self.data_dir, &self.settings, &self.address)?;
        self.until_ready(begun).await?;
        Ok(begun.elapsed())
    }

    async fn until_ready(&mut self, begun: Instant) -> Result<()> {
        let url = format!("http://{}/health/ready", self.address);
        let http = reqwest::Client::builder()
            .timeout(Duration::from_secs(2))
            .build()?;
        loop {
            if let Some(ended) = self.child.try_wait()? {
                bail!(
                    "it ended with {ended} before it was ready; see {}",
                    log_name(&self.data_dir)
                );
            }
            if http
                .get(&url)
                .send()
                .await
                .is_ok_and(|answer| answer.status().is_success())
            {
                return Ok(());
            }
            ensure!(begun.elapsed() < PATIENCE, "not ready after {PATIENCE:?}");
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

fn spawn(binary: &Path, data_dir: &Path, settings: &[(String, String)], address: &str) -> Result<Child> {
    let mut command = process::plain(&binary.display().to_string(), data_dir);
    // Tracing every step would make the disk slower than the load it is under.
    command
        .env("COLLOQUY_LOG", "info")
        .envs(settings.iter().map(|(name, value)| (name, value)));
    command.args(["serve", "--listen", address]);
    let log = logs::file(&log_name(data_dir));
    command
        .stdout(log.try_clone()?)
        .stderr(log)
        .spawn()
        .with_context(|| format!("cannot start {}", binary.display()))
}

/// One log for all lives of a data directory.
fn log_name(data_dir: &Path) -> String {
    let name = data_dir.file_name().unwrap_or_default().to_string_lossy();
    format!("load-{}", name.trim_start_matches('.'))
}
