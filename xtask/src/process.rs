//! Running other programs, and saying so in one line.

use std::{
    env,
    ffi::OsStr,
    io::{BufRead, BufReader, Read, Write},
    path::{Path, PathBuf},
    process::{Command, Stdio},
    thread,
    time::{Duration, Instant},
};

use anyhow::{Context, Result, bail};

/// Says in one line what is being done.
pub(crate) fn say(line: &str) {
    println!("· {line}");
}

/// Whether a program runs and succeeds; what it prints is thrown away.
pub(crate) fn succeeds(command: &mut Command) -> bool {
    silent(command).status().is_ok_and(|status| status.success())
}

/// Whether a program runs and succeeds in this time; it is ended when it is up.
pub(crate) fn succeeds_within(command: &mut Command, time: Duration) -> bool {
    let Ok(mut child) = silent(command).spawn() else {
        return false;
    };
    let end = Instant::now() + time;
    while Instant::now() < end {
        if let Ok(Some(status)) = child.try_wait() {
            return status.success();
        }
        thread::sleep(Duration::from_millis(20));
    }
    // It ended just now, or ends now: it was too late either way.
    let _ = child.kill().and_then(|()| child.wait());
    false
}

fn silent(command: &mut Command) -> &mut Command {
    command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null())
}

/// Runs a program whose output is for the person at the terminal.
///
/// # Errors
/// If it can't be started or fails.
pub(crate) fn run(command: &mut Command) -> Result<()> {
    let status = command
        .status()
        .with_context(|| format!("can't run {}", name(command)))?;
    if !status.success() {
        bail!("{} failed ({status})", line(command));
    }
    Ok(())
}

/// Runs a program whose output matters only if it fails, and gives its standard output.
///
/// # Errors
/// If it can't be started or fails; what it printed is shown first.
pub(crate) fn capture(command: &mut Command) -> Result<String> {
    let output = command
        .stdin(Stdio::null())
        .output()
        .with_context(|| format!("can't run {}", name(command)))?;
    if !output.status.success() {
        eprint!(
            "{}{}",
            String::from_utf8_lossy(&output.stdout),
            String::from_utf8_lossy(&output.stderr)
        );
        bail!("{} failed ({})", line(command), output.status);
    }
    String::from_utf8(output.stdout).with_context(|| format!("{} printed something that is not text", name(command)))
}

/// What a program printed while everybody could watch, and whether it succeeded.
pub(crate) struct Watched {
    /// Both streams, lines in the order they came.
    pub(crate) output: String,
    /// Whether it exited with 0.
    pub(crate) success: bool,
}

/// Runs a program, showing its output as it comes and keeping it.
///
/// # Errors
/// If it can't be started.
pub(crate) fn watch(command: &mut Command) -> Result<Watched> {
    let mut child = command
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .with_context(|| format!("can't run {}", name(command)))?;
    let errors = child
        .stderr
        .take()
        .map(|stream| thread::spawn(move || pass_on(stream, std::io::stderr())));
    let mut output = child
        .stdout
        .take()
        .map(|stream| pass_on(stream, std::io::stdout()))
        .unwrap_or_default();
    if let Some(Ok(text)) = errors.map(thread::JoinHandle::join) {
        output.push_str(&text);
    }
    let status = child.wait().with_context(|| format!("lost {}", name(command)))?;
    Ok(Watched {
        output,
        success: status.success(),
    })
}

fn pass_on(from: impl Read, mut to: impl Write) -> String {
    let mut text = String::new();
    let mut lines = BufReader::new(from);
    let mut line = Vec::new();
    while lines.read_until(b'\n', &mut line).is_ok_and(|count| count > 0) {
        // A closed terminal must not stop the program that is being watched.
        let _ = to.write_all(&line).and_then(|()| to.flush());
        text.push_str(&String::from_utf8_lossy(&line));
        line.clear();
    }
    text
}

/// Finds a program on the PATH.
pub(crate) fn find(program: &str) -> Option<PathBuf> {
    env::split_paths(&env::var_os("PATH")?)
        .map(|folder| folder.join(program))
        .find(|path| path.is_file())
}

/// Whether `made` is there and no older than each of `sources`.
pub(crate) fn is_newer(made: &Path, sources: &[&Path]) -> bool {
    let changed = |path: &Path| path.metadata().and_then(|data| data.modified()).ok();
    let Some(made) = changed(made) else { return false };
    sources
        .iter()
        .all(|source| changed(source).is_some_and(|source| source <= made))
}

fn name(command: &Command) -> String {
    format!(
        "`{}`",
        Path::new(command.get_program())
            .file_name()
            .unwrap_or_default()
            .to_string_lossy()
    )
}

fn line(command: &Command) -> String {
    let words = command.get_args().map(OsStr::to_string_lossy);
    let program = Path::new(command.get_program())
        .file_name()
        .unwrap_or_default()
        .to_string_lossy();
    let line: Vec<_> = std::iter::once(program).chain(words).collect();
    format!("`{}`", line.join(" "))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_program_that_takes_too_long_is_ended() {
        let start = Instant::now();
        assert!(!succeeds_within(
            Command::new("sleep").arg("60"),
            Duration::from_millis(50)
        ));
        assert!(start.elapsed() < Duration::from_secs(30));
        assert!(succeeds_within(&mut Command::new("true"), Duration::from_secs(30)));
    }

    #[test]
    fn what_is_watched_is_kept() {
        let watched = watch(Command::new("sh").args(["-c", "echo out; echo err >&2; exit 3"])).unwrap();
        assert!(!watched.success);
        assert!(watched.output.contains("out\n") && watched.output.contains("err\n"));
    }

    #[test]
    fn a_program_that_fails_is_named() {
        let stop = capture(Command::new("sh").args(["-c", "exit 3"])).unwrap_err();
        assert!(stop.to_string().starts_with("`sh -c exit 3` failed"), "{stop}");
    }
}
