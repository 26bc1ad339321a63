//! The real binary, killed at the worst moments of a failed check: no answer has left, and the next process refuses the pairing.
//!
//! Nothing in the binary helps: it is held where it is to be killed from outside, by its database and by its log.

use std::{
    io::{BufRead, BufReader, PipeReader, Read, Write},
    net::{SocketAddr, TcpStream},
    process::{Child, Command, Stdio},
    thread::{JoinHandle, sleep, spawn},
    time::Duration,
};

use mpc::{PairingId, RunId, Share, channel::seal_request, pairing::ClientPairing};
use rand_core::OsRng;
use rusqlite::{Connection, ErrorCode as SqliteCode};
use wire::{ErrorCode, Request, ceremony::Sign, message::encode};

use crate::{
    back_end::cheating,
    burns::audited,
    world::{ORIGIN, RP_ID, World, signing},
};

pub(crate) const BINARY: &str = env!("CARGO_BIN_EXE_claimkit-cosigner");
const STEP: Duration = Duration::from_millis(20);

/// Waits for something to become so, for as long as a loaded machine may need.
fn wait_for(what: &str, mut is_so: impl FnMut() -> bool) {
    for _ in 0..30_000 {
        if is_so() {
            return;
        }
        sleep(STEP);
    }
    panic!("{what} never came");
}

/// The real binary on the world's database.
pub(crate) struct Server {
    process: Child,
    pub(crate) address: SocketAddr,
    /// Where it answers its operator.
    pub(crate) admin: SocketAddr,
}

impl Server {
    fn start(world: &World) -> Self {
        Self::start_by(world, Command::new(BINARY))
    }

    /// Starts the binary by a command that takes its arguments.
    pub(crate) fn start_by(world: &World, command: Command) -> Self {
        let (log, end) = std::io::pipe().unwrap();
        let (server, mut log) = Self::start_logging(world, command, log, end);
        // A log that nobody reads would stop it.
        spawn(move || std::io::copy(&mut log, &mut std::io::sink()));
        server
    }

    /// Starts the binary, on a port that it takes itself, and reads its log up to the line that names it.
    fn start_logging(
        world: &World,
        mut command: Command,
        log: PipeReader,
        end: impl Into<Stdio>,
    ) -> (Self, BufReader<PipeReader>) {
        let settings = format!(
            "listen = \"127.0.0.1:0\"\ndatabase = {:?}\n[relying_party]\nid = \"{RP_ID}\"\nname = \"Example\"\n\
             origins = [\"{ORIGIN}\"]\n[admin]\nlisten = \"127.0.0.1:0\"\n[key_encryption]\nprovider = \"file\"\npath = {:?}\n",
            world.config.database,
            world.folder.path().join("kek"),
        );
        let path = world.folder.path().join("cosigner.toml");
        std::fs::write(&path, settings).unwrap();
        let process = command
            .arg("serve")
            .arg("--config")
            .arg(path)
            .stderr(end)
            .spawn()
            .unwrap();
        // It holds the other end too, and nobody would see the process end.
        drop(command);
        let mut log = BufReader::new(log);
        let (address, admin) = addresses_in(&mut log);
        let server = Self {
            process,
            address,
            admin,
        };
        (server, log)
    }

    /// Sends a query with one bit of its u flipped. Gives whatever comes back before the connection ends.
    fn cheat(&self, world: &World, share: &Share, pairing: &ClientPairing) -> JoinHandle<Vec<u8>> {
        let (_, message) = signing(share, pairing, RunId::random(&mut OsRng));
        self.ask(world, &cheating(&message))
    }

    fn ask(&self, world: &World, message: &Sign) -> JoinHandle<Vec<u8>> {
        let to = world.state.identity().channel;
        let (_, body) = seal_request(&to, None, Sign::PATH, &encode(message), &mut OsRng).unwrap();
        let head = format!(
            "POST {} HTTP/1.1\r\nhost: localhost\r\nconnection: close\r\nauthorization: {}\r\n\
             content-type: application/octet-stream\r\ncontent-length: {}\r\n\r\n",
            Sign::PATH,
            world.back_end().authorization.unwrap(),
            body.len()
        );
        let mut stream = TcpStream::connect(self.address).unwrap();
        stream.write_all(&[head.as_bytes(), &body].concat()).unwrap();
        spawn(move || {
            let mut answer = Vec::new();
            // A reset is what a killed process leaves behind.
            let _ = stream.read_to_end(&mut answer);
            answer
        })
    }

    /// SIGTERM: what was begun is finished.
    fn stop(mut self) {
        let told = Command::new("kill")
            .arg(self.process.id().to_string())
            .status()
            .unwrap();
        assert!(told.success());
        assert!(self.process.wait().unwrap().success());
    }

    pub(crate) fn process_id(&self) -> u32 {
        self.process.id()
    }

    /// SIGKILL: nothing is finished, nothing is told.
    pub(crate) fn kill(mut self) {
        self.process.kill().unwrap();
        self.process.wait().unwrap();
    }
}

impl Drop for Server {
    /// A test that has failed leaves no process behind.
    fn drop(&mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

/// Where a server is, by its log.
fn addresses_in(log: &mut impl BufRead) -> (SocketAddr, SocketAddr) {
    let lines = log.lines().map_while(Result::ok);
    let mut lines = lines.filter_map(|line| serde_json::from_str::<serde_json::Value>(&line).ok());
    let line = lines.find(|line| line["message"] == "serving").unwrap();
    let address = |name: &str| line[name].as_str().unwrap().parse().unwrap();
    (address("address"), address("admin"))
}

fn is_burnt(db: &Connection, pairing: PairingId) -> bool {
    let query = "SELECT burnt_at IS NOT NULL FROM pairings WHERE id = ?1";
    db.query_row(query, [pairing.0], |row| row.get(0)).unwrap()
}

/// The next process refuses the pairing, and its owner signs with a new one.
async fn assert_refused_after_restart(world: &mut World, share: &Share, pairing: &ClientPairing) {
    world.restart();
    let refused = world.sign(&world.back_end(), share, pairing).await;
    assert_eq!(refused.unwrap_err(), ErrorCode::PairingBurnt);
    let pairing = world.pairing().await;
    world.sign(&world.back_end(), share, &pairing).await.unwrap();
}

#[cfg(target_os = "linux")]
#[tokio::test]
async fn killed_after_the_burn_and_before_its_answer_the_burn_is_found() {
    let mut world = World::new();
    let (share, pairing) = (world.wallet().await, world.pairing().await);
    let (log, full) = std::io::pipe().unwrap();
    let (server, log) = Server::start_logging(&world, Command::new(BINARY), log, full.try_clone().unwrap());
    // A refusal is logged before it is answered, and a pipe that is full takes no line: the answer can't leave.
    fill(&full);
    let answer = server.cheat(&world, &share, &pairing);
    let db = Connection::open(&world.config.database).unwrap();
    wait_for("the burn", || is_burnt(&db, pairing.id()));
    server.kill();
    assert_eq!(answer.join().unwrap(), b"");
    drop(log);
    assert_eq!(
        (audited(&world, "check_failed"), audited(&world, "pairing_burnt")),
        ((1, 1), (1, 0))
    );
    assert_refused_after_restart(&mut world, &share, &pairing).await;
}

/// Writes to a pipe until it takes not one byte more.
#[cfg(target_os = "linux")]
fn fill(pipe: &std::io::PipeWriter) {
    use std::os::{fd::AsRawFd, unix::fs::OpenOptionsExt};
    /// open(2): a write that would wait fails.
    const O_NONBLOCK: i32 = 0o4000;
    // Opened anew: what others write through their own end still waits.
    let end = format!("/proc/self/fd/{}", pipe.as_raw_fd());
    let mut end = std::fs::File::options()
        .write(true)
        .custom_flags(O_NONBLOCK)
        .open(end)
        .unwrap();
    let full = loop {
        if let Err(full) = end.write(b".") {
            break full;
        }
    };
    assert_eq!(full.kind(), std::io::ErrorKind::WouldBlock);
}

#[tokio::test]
async fn killed_after_the_check_and_before_its_burn_the_mark_is_found() {
    let mut world = World::new();
    let (share, pairing) = (world.wallet().await, world.pairing().await);
    let db = Connection::open(&world.config.database).unwrap();
    // A burn that takes for ever, before its commit.
    db.execute_batch(
        "CREATE VIEW endless (n) AS WITH RECURSIVE c (n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM c) SELECT n FROM c;
         CREATE TRIGGER stall AFTER UPDATE ON pairings BEGIN SELECT max(n) FROM endless; END",
    )
    .unwrap();
    let server = Server::start(&world);
    let answer = server.cheat(&world, &share, &pairing);
    wait_for("the mark", || {
        let marks: u32 = db
            .query_row("SELECT count(*) FROM queries", [], |row| row.get(0))
            .unwrap();
        marks == 1
    });
    // The writer holds the database for as long as its burn takes, and for nothing else.
    let mut held = 0;
    wait_for("the burn", || {
        held = if is_held(&db) { held + 1 } else { 0 };
        held == 25
    });
    assert!(!answer.is_finished());
    server.kill();
    assert_eq!(answer.join().unwrap(), b"");
    assert!(!is_burnt(&db, pairing.id()));
    assert_eq!(audited(&world, "check_failed"), (0, 0));
    db.execute_batch("DROP TRIGGER stall; DROP VIEW endless").unwrap();
    assert_refused_after_restart(&mut world, &share, &pairing).await;
    assert!(is_burnt(&db, pairing.id()));
    assert_eq!(audited(&world, "pairing_unfinished"), (1, 0));
}

#[tokio::test]
async fn a_process_that_is_told_to_stop_leaves_no_mark() {
    let mut world = World::new();
    let (share, pairing) = (world.wallet().await, world.pairing().await);
    let server = Server::start(&world);
    let (_, message) = signing(&share, &pairing, RunId::random(&mut OsRng));
    let answer = server.ask(&world, &message).join().unwrap();
    server.stop();
    assert!(answer.starts_with(b"HTTP/1.1 200 OK"));
    world.restart();
    world.sign(&world.back_end(), &share, &pairing).await.unwrap();
    assert_eq!(audited(&world, "pairing_unfinished"), (0, 0));
}

fn is_held(db: &Connection) -> bool {
    db.busy_timeout(Duration::ZERO).unwrap();
    match db.execute_batch("BEGIN IMMEDIATE; ROLLBACK") {
        Ok(()) => false,
        Err(error) if error.sqlite_error_code() == Some(SqliteCode::DatabaseBusy) => true,
        Err(error) => panic!("{error}"),
    }
}
