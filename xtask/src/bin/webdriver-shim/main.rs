//! A WebDriver in front of ChromeDriver or geckodriver, named as `CHROMEDRIVER` or `GECKODRIVER` to wasm-bindgen's test runner.
//!
//! The runner opens its page on 127.0.0.1, where passkeys can't work, and knows no authenticators. This program starts
//! the real driver (`REAL_DRIVER`), passes every request on, adds a virtual authenticator with PRF to each new
//! session, and opens `localhost` where `127.0.0.1` is asked for.
#![allow(clippy::print_stderr, reason = "a driver speaks on its standard error")]

mod http;

use std::{
    env,
    io::{BufRead, BufReader, Read},
    net::{TcpListener, TcpStream},
    process::{Child, Command, ExitCode, Stdio},
    thread,
};

use anyhow::{Context, Result, bail};
use serde_json::{Value, json};

use http::Message;

fn main() -> ExitCode {
    match serve() {
        Ok(()) => ExitCode::SUCCESS,
        Err(stop) => {
            eprintln!("webdriver-shim: {stop:#}");
            ExitCode::FAILURE
        }
    }
}

/// Answers requests until the driver is gone; ends the driver when its own standard input or parent ends it.
fn serve() -> Result<()> {
    let mut port = None;
    let mut arguments = Vec::new();
    for argument in env::args().skip(1) {
        match argument.strip_prefix("--port=") {
            Some(number) => port = Some(number.parse::<u16>().context("--port wants a number")?),
            None => arguments.push(argument),
        }
    }
    let listener = TcpListener::bind(("127.0.0.1", port.context("--port is missing")?))?;
    let driver = env::var_os("REAL_DRIVER").context("REAL_DRIVER names no driver")?;
    let mut driver = Command::new(driver)
        .args(arguments)
        // Any that is free: nobody else can take it before the driver does.
        .arg("--port=0")
        .stdout(Stdio::piped())
        .spawn()?;
    let said = driver.stdout.take().context("the driver has no output")?;
    end_with_parent(driver)?;
    let port_of_driver = port_in(said)?;
    for client in listener.incoming() {
        let client = client?;
        thread::spawn(move || {
            if let Err(broken) = pass_on(client, port_of_driver) {
                eprintln!("webdriver-shim: {broken:#}");
            }
        });
    }
    Ok(())
}

/// Reads what a driver says until it names its port, and passes everything on.
///
/// ChromeDriver: `ChromeDriver was started successfully on port 41234.`; geckodriver: `… Listening on 127.0.0.1:41234`.
fn port_in(said: impl Read + Send + 'static) -> Result<u16> {
    let mut lines = BufReader::new(said).lines();
    let port = loop {
        let line = lines.next().context("the driver ended at once")??;
        eprintln!("{line}");
        if let Some(port) = named_port(&line) {
            break port;
        }
    };
    // A driver whose output nobody reads stops.
    thread::spawn(move || lines.map_while(Result::ok).for_each(|line| eprintln!("{line}")));
    Ok(port)
}

fn named_port(line: &str) -> Option<u16> {
    let (_, rest) = line
        .split_once("started successfully on port ")
        .or_else(|| line.split_once("Listening on 127.0.0.1:"))?;
    rest.trim_end().trim_end_matches('.').parse().ok()
}

/// The runner ends its driver with a signal that can't be caught: the real driver must not outlive this process.
fn end_with_parent(mut driver: Child) -> Result<()> {
    let watcher = format!(
        "while kill -0 {} 2>/dev/null; do sleep 0.2; done; kill {}",
        std::process::id(),
        driver.id()
    );
    Command::new("sh")
        .args(["-c", &watcher])
        .spawn()
        .context("can't watch over the driver")?;
    thread::spawn(move || driver.wait());
    Ok(())
}

/// Passes one request on and its answer back.
fn pass_on(mut client: TcpStream, port: u16) -> Result<()> {
    let Some(mut request) = Message::read(&mut client)? else {
        return Ok(());
    };
    let opens_session = request.is("POST", |path| path == "/session");
    if request.is("POST", |path| path.ends_with("/url")) {
        open_localhost(&mut request)?;
    }
    let answer = ask(request, port)?;
    if opens_session {
        add_authenticator(&answer, port)?;
    }
    answer.write(&mut client)
}

fn ask(mut request: Message, port: u16) -> Result<Message> {
    // geckodriver answers to no other name.
    request.headers.push(format!("Host: localhost:{port}"));
    let mut driver = TcpStream::connect(("127.0.0.1", port)).context("the driver is gone")?;
    request.write(&mut driver)?;
    Message::read(&mut driver)?.context("the driver gave no answer")
}

fn open_localhost(request: &mut Message) -> Result<()> {
    let mut body: Value = serde_json::from_slice(&request.body).context("the address to open is not JSON")?;
    if let Some(url) = body.get("url").and_then(Value::as_str) {
        body = json!({ "url": url.replacen("//127.0.0.1", "//localhost", 1) });
    }
    request.body = serde_json::to_vec(&body)?;
    Ok(())
}

/// Adds the authenticator to the session that `answer` tells of; a session that was refused has none.
fn add_authenticator(answer: &Message, port: u16) -> Result<()> {
    let body: Value = serde_json::from_slice(&answer.body).context("the driver's answer is not JSON")?;
    let named = body
        .pointer("/value/sessionId")
        .or_else(|| body.get("sessionId"))
        .and_then(Value::as_str);
    let Some(session) = named else { return Ok(()) };
    let authenticator = json!({
        "protocol": "ctap2_1",
        "transport": "internal",
        "hasResidentKey": true,
        "hasUserVerification": true,
        "isUserConsenting": true,
        "isUserVerified": true,
        "extensions": ["prf"],
    });
    let request = Message::post(
        &format!("/session/{session}/webauthn/authenticator"),
        serde_json::to_vec(&authenticator)?,
    );
    let answer = ask(request, port)?;
    if !answer.start.contains(" 200 ") {
        bail!(
            "the driver refused the authenticator: {}",
            String::from_utf8_lossy(&answer.body)
        );
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn port_of_either_driver_is_found() {
        let said = "Starting ChromeDriver 148.0 on port 0\nChromeDriver was started successfully on port 41234.\n";
        assert_eq!(port_in(said.as_bytes()).unwrap(), 41234);
        let said = "1700000000000\tgeckodriver\tINFO\tListening on 127.0.0.1:41235\n";
        assert_eq!(port_in(said.as_bytes()).unwrap(), 41235);
        assert!(port_in("the port is taken\n".as_bytes()).is_err());
    }
}
