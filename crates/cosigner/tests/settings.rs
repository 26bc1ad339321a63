//! Settings and commands: the example is good, and each wrong setting is told in one sentence.

#![allow(clippy::unwrap_used, reason = "a test that can't go on has failed")]

use std::{
    io::{BufRead, BufReader, Read, Write},
    net::{TcpListener, TcpStream},
    path::Path,
    process::{Command, Output, Stdio},
};

use cosigner::{Config, config::ExportPolicy};
use tempfile::TempDir;

const EXAMPLE: &str = include_str!("../cosigner.example.toml");

/// The example, changed, in a folder of its own.
fn settings(folder: &TempDir, from: &str, to: &str) -> std::path::PathBuf {
    assert!(EXAMPLE.contains(from), "{from}");
    let path = folder.path().join("cosigner.toml");
    let text = EXAMPLE
        .replacen(from, to, 1)
        .replace("\"cosigner.db\"", &format!("{:?}", folder.path().join("cosigner.db")))
        .replace("\"kek\"", &format!("{:?}", folder.path().join("kek")));
    std::fs::write(&path, text).unwrap();
    path
}

#[test]
fn the_example_is_good_and_says_every_default() {
    let folder = tempfile::tempdir().unwrap();
    let config = Config::read(&settings(&folder, "", "")).unwrap();
    // What is commented out is what holds without it.
    let spelt_out: String = EXAMPLE
        .lines()
        .map(|line| match line.strip_prefix("# ") {
            Some(rest)
                if rest
                    .split_once(" = ")
                    .is_some_and(|(key, _)| key.chars().all(|c| c == '_' || c.is_ascii_lowercase())) =>
            {
                rest
            }
            _ => line,
        })
        .filter(|line| {
            !line.starts_with("variable")
                && !line.starts_with("provider = \"env")
                && !line.starts_with("address_header")
        })
        .map(|line| format!("{line}\n"))
        .collect();
    assert!(spelt_out.contains("\nsession = 5400\n") && spelt_out.contains("\npairing = 30\n"));
    assert!(spelt_out.contains("\nexport = 5\n") && spelt_out.contains("\nexport = \"refused\"\n"));
    let path = folder.path().join("spelt-out.toml");
    std::fs::write(&path, spelt_out).unwrap();
    let spelt_out = Config::read(&path).unwrap();
    let shown = |config: &Config| {
        format!(
            "{:?} {:?} {:?} {:?} {:?} {:?}",
            config.listen, config.lifetimes, config.limits, config.policy, config.admin, config.connections
        )
    };
    assert_eq!(shown(&config), shown(&spelt_out));
}

#[test]
fn exports_are_refused_unless_the_operator_allows_them() {
    let folder = tempfile::tempdir().unwrap();
    let default = Config::read(&settings(&folder, "", "")).unwrap();
    assert_eq!(default.policy.export, ExportPolicy::Refused);
    let allowed = settings(&folder, "# export = \"refused\"", "export = \"allowed\"");
    let allowed = Config::read(&allowed).unwrap();
    assert_eq!(allowed.policy.export, ExportPolicy::Allowed);
}

#[test]
fn each_wrong_setting_is_told_in_one_sentence() {
    let cases = [
        ("database =", "databasse =", "line 9: unknown field `databasse`"),
        ("name = \"Example\"", "nome = \"Example\"", "unknown field `nome`"),
        ("database = \"cosigner.db\"", "", "missing field `database`"),
        (
            "database = \"cosigner.db\"",
            "database = \":memory:\"",
            "database: name a file",
        ),
        (
            "# high_water_mark = \"cosigner.db.mark\"",
            "high_water_mark = \"\"",
            "high_water_mark: name a file of its own",
        ),
        (
            "# listen = \"127.0.0.1:8787\"",
            "listen = \"localhost\"",
            "line 5: invalid socket address",
        ),
        ("[lifetimes]", "[lifetimes", "line 38"),
        (
            "# failed_checks = 5",
            "failed_checks = 0",
            "limits.failed_checks: must be 1 to 1000000; got 0",
        ),
        (
            "# failed_confirmations = 10",
            "failed_confirmations = 0",
            "limits.failed_confirmations: must be 1 to 1000000; got 0",
        ),
        (
            "# wallets_per_claimant = 64",
            "wallets_per_claimant = 0",
            "limits.wallets_per_claimant: must be 1 to 1000000; got 0",
        ),
        (
            "# rotations = 24",
            "rotations = 0",
            "limits.rotations: must be 1 to 1000000; got 0",
        ),
        (
            "# renewals = 100",
            "renewals = 23",
            "limits.renewals: must be at least limits.rotations, 24, since after each the other devices pair anew; got 23",
        ),
        (
            "# rotation_pause = 60",
            "rotation_pause = 86401",
            "limits.rotation_pause: must be 0 to 86400 seconds; got 86401",
        ),
        (
            "# renewals = 100",
            "renewals = 0",
            "limits.renewals: must be 1 to 1000000; got 0",
        ),
        (
            "# failed_check = 3600",
            "failed_check = 1",
            "lifetimes.failed_check: must be 60 to 604800 seconds; got 1",
        ),
        (
            "id = \"localhost\"",
            "id = \"https://localhost\"",
            "relying_party.id: must be a domain",
        ),
        (
            "id = \"localhost\"",
            "id = \"127.0.0.1\"",
            "relying_party.id: must be a domain",
        ),
        (
            "id = \"localhost\"",
            "id = \"Localhost\"",
            "relying_party.id: must be a domain",
        ),
        (
            "id = \"localhost\"",
            "id = \"example.com\"",
            "is not example.com or a domain below it",
        ),
        ("name = \"Example\"", "name = \"\"", "relying_party.name: must have"),
        (
            "origins = [\"http://localhost:8080\"]",
            "origins = []",
            "relying_party.origins: must name",
        ),
        (
            "http://localhost:8080",
            "http://localhost:8080/",
            "no user, path or slash",
        ),
        (
            "# related_origins = []",
            "related_origins = [\"http://localhost:8081\"]",
            "relying_party.related_origins: \"http://localhost:8081\" is localhost or below it",
        ),
        (
            "# related_origins = []",
            "related_origins = [\"http://example.org\"]",
            "relying_party.related_origins: \"http://example.org\" must be https",
        ),
        (
            "# related_origins = []",
            "related_origins = [\"https://example.org/\"]",
            "no user, path or slash",
        ),
        ("http://localhost:8080", "localhost:8080", "is not an origin"),
        ("http://localhost:8080", "*", "is not an origin"),
        (
            "http://localhost:8080",
            "http://user@localhost:8080",
            "no user, path or slash",
        ),
        (
            "http://localhost:8080",
            "http://localhost:80",
            "must not name the default port",
        ),
        ("http://localhost:8080", "ftp://localhost", "must be https"),
        ("provider = \"file\"", "provider = \"hsm\"", "unknown variant `hsm`"),
        ("path = \"kek\"", "", "missing field `path`"),
        ("path = \"kek\"", "path = \"\"", "key_encryption.path: must name"),
        (
            "path = \"kek\"",
            "path = \"kek\"\nvariable = \"KEK\"",
            "unknown field `variable`",
        ),
        (
            "# session = 5400",
            "session = 5",
            "lifetimes.session: must be 60 to 86400 seconds; got 5",
        ),
        ("# session = 5400", "session = \"long\"", "invalid type"),
        (
            "# session_idle = 1800",
            "session_idle = 59",
            "lifetimes.session_idle: must be 60 to 86400 seconds; got 59",
        ),
        (
            "# proof_key = 2592000",
            "proof_key = 3599",
            "lifetimes.proof_key: must be 3600 to 31536000 seconds; got 3599",
        ),
        (
            "# session_maximum = 43200",
            "session_maximum = 5399",
            "lifetimes.session_maximum: must be at least lifetimes.session, 5400 seconds; got 5399",
        ),
        (
            "# session_refreshes = 7",
            "session_refreshes = 1001",
            "policy.session_refreshes: must be 0 to 1000; got 1001",
        ),
        (
            "# wallet = 120",
            "wallet = 0",
            "limits.wallet: must be 1 to 1000000; got 0",
        ),
        (
            "# export = 5",
            "export = 0",
            "limits.export: must be 1 to 1000000; got 0",
        ),
        (
            "# export = \"refused\"",
            "export = \"maybe\"",
            "unknown variant `maybe`, expected `refused` or `allowed`",
        ),
        (
            "# export = \"refused\"",
            "exports = \"allowed\"",
            "unknown field `exports`",
        ),
        (
            "# address_header = \"x-forwarded-for\"",
            "address_header = \"a b\"",
            "is not a header's name",
        ),
        (
            "# address_header = \"x-forwarded-for\"",
            "address_header = \"Host\"",
            "is no header that a proxy writes an address to",
        ),
        (
            "# address_header = \"x-forwarded-for\"",
            "address_header = \"sec-fetch-site\"",
            "is no header that a proxy writes an address to",
        ),
        ("# idle = 90", "idle = 0", "connections.idle: must be 1 to 3600; got 0"),
        (
            "# total = 4096",
            "total = 0",
            "connections.total: must be 1 to 1000000; got 0",
        ),
        (
            "# body = 15",
            "body = 301",
            "connections.body: must be 1 to 300; got 301",
        ),
    ];
    for (from, to, told) in cases {
        let folder = tempfile::tempdir().unwrap();
        let error = Config::read(&settings(&folder, from, to)).unwrap_err().to_string();
        assert!(
            error.contains(told) && error.contains("cosigner.toml"),
            "{error}\nlacks {told}"
        );
        assert!(!error.contains('\n'), "{error}");
    }
    let http = EXAMPLE
        .replace("\"localhost\"", "\"example.com\"")
        .replace("localhost:8080", "example.com");
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("cosigner.toml");
    std::fs::write(&path, http).unwrap();
    let error = Config::read(&path).unwrap_err().to_string();
    assert!(error.contains("must be https; http is for localhost only"), "{error}");
}

fn run(arguments: &[&str]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_claimkit-cosigner"))
        .args(arguments)
        .output()
        .unwrap()
}

fn text(path: &Path) -> &str {
    path.to_str().unwrap()
}

/// What a command prints when it succeeds.
fn said(arguments: &[&str]) -> String {
    let output = run(arguments);
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8(output.stdout).unwrap()
}

/// What a command complains of.
fn complaint(arguments: &[&str]) -> String {
    let output = run(arguments);
    assert!(!output.status.success());
    let text = String::from_utf8(output.stderr).unwrap();
    assert_eq!(text.lines().count(), 1, "{text}");
    text
}

#[test]
fn the_commands_lead_from_nothing_to_an_api_key() {
    let folder = tempfile::tempdir().unwrap();
    assert_eq!(said(&["config", "example"]), EXAMPLE);
    let config = settings(&folder, "", "");
    let config = text(&config);
    assert_eq!(
        said(&["config", "check", "--config", config]),
        "the settings are good\n"
    );
    let missing = complaint(&["identity", "--config", config]);
    assert!(
        missing.contains("can't be read") && missing.contains("kek create --file"),
        "{missing}"
    );
    let kek = folder.path().join("kek");
    said(&["kek", "create", "--file", text(&kek)]);
    assert!(complaint(&["kek", "create", "--file", text(&kek)]).contains("can't be made"));

    let identity: wire::control::Identity =
        serde_json::from_str(&said(&["identity", "--config", config, "--json"])).unwrap();
    assert!(said(&["identity", "--config", config]).contains(&identity.channel_key));

    let create = [
        "keys",
        "create",
        "--config",
        config,
        "--name",
        "demo",
        "--scopes",
        "sign,wallets:import,wallets:read",
        "--json",
    ];
    let created: serde_json::Value = serde_json::from_str(&said(&create)).unwrap();
    let (id, key) = (created["id"].as_str().unwrap(), created["key"].as_str().unwrap());
    let parsed = cosigner::api_key::ApiKey::from_text(key).unwrap();
    assert_eq!(hex::encode(parsed.id()), id);
    assert_eq!(
        created["scopes"],
        serde_json::json!(["sign", "wallets:import", "wallets:read"])
    );
    let listed = said(&["keys", "list", "--config", config]);
    assert!(
        listed.contains(id) && listed.contains("live") && !listed.contains(&key[20..]),
        "{listed}"
    );
    said(&["keys", "revoke", "--config", config, "--id", id]);
    assert!(said(&["keys", "list", "--config", config]).contains("revoked"));
    assert!(complaint(&["keys", "revoke", "--config", config, "--id", id]).contains("no live API key"));
    assert!(complaint(&["keys", "revoke", "--config", config, "--id", "7"]).contains("16 hexadecimal digits"));
    let nameless = ["keys", "create", "--config", config, "--name", "", "--scopes", "sign"];
    assert!(complaint(&nameless).contains("name has 1 to 100 bytes"));
    let wrong = run(&[
        "keys",
        "create",
        "--config",
        config,
        "--name",
        "a",
        "--scopes",
        "everything",
    ]);
    assert!(String::from_utf8_lossy(&wrong.stderr).contains("scopes are wallets:create"));

    let mark = folder.path().join("cosigner.db.mark");
    std::fs::remove_file(&mark).unwrap();
    let missing = complaint(&["keys", "list", "--config", config]);
    assert!(missing.contains("cosigner.db.mark: is not there"), "{missing}");
    let accepted = said(&["mark", "accept", "--config", config]);
    assert!(accepted.contains("now says what the database says"), "{accepted}");
    said(&["keys", "list", "--config", config]);
    let accepted = said(&["mark", "accept", "--config", config]);
    assert!(
        accepted.contains("the old one is") && accepted.contains("cosigner.db.mark.old"),
        "{accepted}"
    );

    std::fs::write(&kek, "c2hvcnQ").unwrap();
    assert!(complaint(&["identity", "--config", config]).contains("must hold 32 bytes as base64url"));
}

#[test]
fn proof_keys_are_rotated_and_listed() {
    let folder = tempfile::tempdir().unwrap();
    let config = settings(&folder, "", "");
    let config = text(&config);
    said(&["kek", "create", "--file", text(&folder.path().join("kek"))]);
    assert_eq!(said(&["proof-keys", "list", "--config", config]), "");
    let [first, second] = [0, 1].map(|_| said(&["proof-keys", "rotate", "--config", config]));
    let (first, second) = (first.trim(), second.trim());
    assert_eq!((first.len(), first == second), (43, false));
    let listed = said(&["proof-keys", "list", "--config", config]);
    assert_eq!(listed, format!("{second}  signs\n{first}  retired\n"));
    let listed = said(&["proof-keys", "list", "--config", config, "--json"]);
    let listed: serde_json::Value = serde_json::from_str(&listed).unwrap();
    assert_eq!(
        (&listed[0]["id"], &listed[0]["retiredAt"]),
        (&second.into(), &serde_json::Value::Null)
    );
    assert!(listed[1]["retiredAt"].as_u64() >= listed[1]["createdAt"].as_u64());
}

#[test]
fn a_database_that_is_none_is_told() {
    let folder = tempfile::tempdir().unwrap();
    let config = settings(&folder, "", "");
    said(&["kek", "create", "--file", text(&folder.path().join("kek"))]);
    let database = folder.path().join("cosigner.db");
    std::fs::write(
        &database,
        "something else, long enough to be read as a header of a file that is none".repeat(20),
    )
    .unwrap();
    assert!(complaint(&["identity", "--config", text(&config)]).contains("is not a database"));
    std::fs::remove_file(&database).unwrap();
    rusqlite::Connection::open(&database)
        .unwrap()
        .execute_batch("CREATE TABLE other (id)")
        .unwrap();
    assert!(complaint(&["identity", "--config", text(&config)]).contains("holds something else"));
    std::fs::remove_file(&database).unwrap();
    let elsewhere = settings(&folder, "cosigner.db", "no/such/folder/cosigner.db");
    assert!(complaint(&["identity", "--config", text(&elsewhere)]).contains("can't be opened for writing"));
}

#[test]
fn each_setting_that_weakens_something_is_said() {
    let folder = tempfile::tempdir().unwrap();
    let said = |from: &str, to: &str| Config::read(&settings(&folder, from, to)).unwrap().weaknesses();
    // The example keeps mark and key beside the database, and serves pages of localhost.
    let usual = said("", "");
    let begins = |sentence: &String| sentence.split_once(": ").unwrap().0.to_owned();
    assert_eq!(
        usual.iter().map(begins).collect::<Vec<_>>(),
        ["relying_party.origins", "high_water_mark", "key_encryption.path"]
    );
    for (from, to, told) in [
        (
            "# listen = \"127.0.0.1:8787\"",
            "listen = \"0.0.0.0:8787\"",
            "listen: 0.0.0.0:8787 is reachable",
        ),
        (
            "# listen = \"127.0.0.1:8788\"",
            "listen = \"[::]:8788\"",
            "admin.listen: [::]:8788 is reachable",
        ),
        (
            "# create_key = false",
            "create_key = true",
            "key_encryption.create_key: ",
        ),
        ("# export = \"refused\"", "export = \"allowed\"", "policy.export: "),
        (
            "# session_refreshes = 7",
            "session_refreshes = 101",
            "policy.session_refreshes: ",
        ),
        ("# rotation_pause = 60", "rotation_pause = 0", "limits.rotation_pause: "),
        (
            "# failed_checks = 5",
            "failed_checks = 51",
            "limits.failed_checks: 51 is far over 5",
        ),
        ("# pairing = 30", "pairing = 301", "limits.pairing: 301 is far over 30"),
        ("# renewals = 100", "renewals = 1001", "limits.renewals: "),
        ("# export = 5", "export = 51", "limits.export: "),
        ("# address = 600", "address = 6001", "limits.address: "),
        ("# wallet = 120", "wallet = 1201", "limits.wallet: "),
        ("# session = 600", "session = 6001", "limits.session: "),
        ("# concurrent = 256", "concurrent = 2561", "limits.concurrent: "),
        (
            "# failed_confirmations = 10",
            "failed_confirmations = 101",
            "limits.failed_confirmations: ",
        ),
        (
            "# wallets_per_claimant = 64",
            "wallets_per_claimant = 641",
            "limits.wallets_per_claimant: ",
        ),
        (
            "# session_maximum = 43200",
            "session_maximum = 604800",
            "lifetimes.session_maximum: ",
        ),
        (
            "# session_idle = 1800",
            "session_idle = 43201",
            "lifetimes.session_idle: ",
        ),
        ("# proof_key = 2592000", "proof_key = 31536000", "lifetimes.proof_key: "),
        ("# failed_check = 3600", "failed_check = 60", "lifetimes.failed_check: "),
    ] {
        let more: Vec<_> = said(from, to)
            .into_iter()
            .filter(|sentence| !usual.contains(sentence))
            .collect();
        assert!(more.len() == 1 && more[0].starts_with(told), "{to} {more:?}");
    }
    let mut config = Config::read(&settings(&folder, "", "")).unwrap();
    (config.limits.rotations, config.limits.renewals) = (241, 241);
    assert!(
        config
            .weaknesses()
            .iter()
            .any(|sentence| sentence.starts_with("limits.rotations: 241"))
    );
    // A proxy that is declared is trusted, and has to be the only one that comes.
    let mut config = Config::read(&settings(&folder, "", "")).unwrap();
    config.listen = "0.0.0.0:1".parse().unwrap();
    config.limits.address_header = Some("x-forwarded-for".to_owned());
    assert!(
        config
            .weaknesses()
            .iter()
            .any(|sentence| sentence.contains("passes the proxy by"))
    );
}

#[cfg(unix)]
#[test]
fn files_that_others_may_read_are_said() {
    use std::os::unix::fs::PermissionsExt;
    let folder = tempfile::tempdir().unwrap();
    let config = settings(&folder, "", "");
    for (name, told) in [
        ("cosigner.db", "database: "),
        ("cosigner.db.mark", "high_water_mark: "),
        ("kek", "key_encryption.path: "),
    ] {
        let path = folder.path().join(name);
        std::fs::write(&path, "").unwrap();
        let is_said = |mode| {
            std::fs::set_permissions(&path, std::fs::Permissions::from_mode(mode)).unwrap();
            let said = Config::read(&config).unwrap().weaknesses();
            said.iter()
                .any(|sentence| sentence.starts_with(told) && sentence.ends_with("chmod 600"))
        };
        assert_eq!(
            (is_said(0o640), is_said(0o604), is_said(0o600)),
            (true, true, false),
            "{name}"
        );
    }
    let said = run(&["config", "check", "--config", text(&config)]);
    assert!(said.status.success());
    assert!(
        String::from_utf8(said.stderr)
            .unwrap()
            .contains("warning: relying_party.origins")
    );
}

#[test]
fn a_server_says_that_its_port_is_taken_and_stops_when_it_is_told() {
    let folder = tempfile::tempdir().unwrap();
    let taken = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = taken.local_addr().unwrap();
    let listening = |address: &str| {
        let listen = format!("listen = \"{address}\"");
        let config = settings(&folder, "# listen = \"127.0.0.1:8787\"", &listen);
        let written = std::fs::read_to_string(&config).unwrap();
        let any = written.replace("# listen = \"127.0.0.1:8788\"", "listen = \"127.0.0.1:0\"");
        std::fs::write(&config, any).unwrap();
        config
    };
    let config = listening(&address.to_string());
    let serve = ["serve", "--config", text(&config), "--demo-create-key"];
    assert!(complaint(&serve).contains(&format!("{address} can't be had")));
    let config = listening("127.0.0.1:0");
    let mut server = Command::new(env!("CARGO_BIN_EXE_claimkit-cosigner"))
        .args(["serve", "--config", text(&config), "--demo-create-key"])
        .stdout(Stdio::null())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    // It takes a port that is free, and says which.
    let log = BufReader::new(server.stderr.take().unwrap()).lines();
    let mut log = log.map_while(Result::ok);
    let serving = log.find(|line| line.contains("\"message\":\"serving\"")).unwrap();
    let serving: serde_json::Value = serde_json::from_str(&serving).unwrap();
    let mut stream = TcpStream::connect(serving["address"].as_str().unwrap()).unwrap();
    let request = b"GET /healthz HTTP/1.1\r\nhost: localhost\r\nconnection: close\r\n\r\n";
    stream.write_all(request).unwrap();
    let mut answer = String::new();
    stream.read_to_string(&mut answer).unwrap();
    assert!(answer.ends_with("ok\n"), "{answer}");
    let told = Command::new("kill")
        .arg("-TERM")
        .arg(server.id().to_string())
        .status()
        .unwrap();
    assert!(told.success());
    // A log that nobody reads would stop it.
    log.for_each(drop);
    assert!(server.wait().unwrap().success());
}

/// A wallet that nobody has claimed, as key generation leaves it, but for its share.
fn put_wallet(database: &Path) -> String {
    let db = rusqlite::Connection::open(database).unwrap();
    let point = hex::decode("0279be667ef9dcbbac55a06295ce870b07029bfcdb2dce28d959f2815b16f81798").unwrap();
    db.execute(
        "INSERT INTO wallets (id, type, scheme, public_key, imported, claimant, epoch, created_at)
         VALUES (?1, 'EVM', ?2, ?3, 0, ?4, 0, 1790000000)",
        rusqlite::params![[7_u8; 16], wire::WalletType::Evm.scheme() as u8, point, [3_u8; 32]],
    )
    .unwrap();
    "BwcHBwcHBwcHBwcHBwcHBw".to_owned()
}

#[test]
fn an_operators_commands_say_what_they_did() {
    let folder = tempfile::tempdir().unwrap();
    let config = settings(&folder, "", "");
    let config = text(&config);
    said(&["kek", "create", "--file", text(&folder.path().join("kek"))]);
    let key_file = folder.path().join("api-key");
    let create = [
        "keys",
        "create",
        "--config",
        config,
        "--name",
        "demo",
        "--scopes",
        "sign",
        "--expires",
        "90d",
        "--file",
    ];
    let id = said(&[&create[..], &[text(&key_file)]].concat()).trim().to_owned();
    let key = std::fs::read_to_string(&key_file).unwrap();
    assert_eq!(
        hex::encode(cosigner::api_key::ApiKey::from_text(key.trim()).unwrap().id()),
        id
    );
    for secret in [&key_file, &folder.path().join("kek")] {
        let mode = std::os::unix::fs::PermissionsExt::mode(&std::fs::metadata(secret).unwrap().permissions());
        assert_eq!(mode & 0o777, 0o600);
    }
    // What is there is not written over, and no key is made for it.
    assert!(complaint(&[&create[..], &[text(&key_file)]].concat()).contains("can't be written"));
    let listed = said(&["keys", "list", "--config", config]);
    assert_eq!(listed.lines().count(), 1);
    assert!(
        listed.contains("live") && listed.contains("used never") && !listed.contains("expires never"),
        "{listed}"
    );

    let read = Config::read(Path::new(config)).unwrap();
    let wallet = put_wallet(&read.database);
    let named = |command: &[&'static str]| -> Vec<String> {
        let rest = ["--config", config, "--wallet", &wallet];
        command.iter().chain(&rest).map(|word| (*word).to_owned()).collect()
    };
    let say = |command: &[&'static str]| {
        let words = named(command);
        said(&words.iter().map(String::as_str).collect::<Vec<_>>())
    };
    assert_eq!(say(&["wallets", "freeze"]), format!("{wallet} is frozen\n"));
    let shown: serde_json::Value = serde_json::from_str(&say(&["wallets", "show", "--json"])).unwrap();
    assert_eq!(
        (&shown["wallet"], &shown["type"]),
        (&serde_json::json!(wallet), &serde_json::json!("EVM"))
    );
    assert!(shown["frozenAt"].is_u64() && shown["claimed"] == false);
    assert!(say(&["wallets", "show"]).contains("exported  never"));
    assert_eq!(say(&["wallets", "unfreeze"]), format!("{wallet} is thawed\n"));
    assert_eq!(
        say(&["sessions", "end"]),
        format!("0 sessions of {wallet} have ended\n")
    );
    assert_eq!(
        say(&["wallets", "delete", "--json"]),
        format!("{{\"wallet\":\"{wallet}\",\"done\":\"deleted\"}}\n")
    );
    let words = named(&["wallets", "show"]);
    assert!(complaint(&words.iter().map(String::as_str).collect::<Vec<_>>()).contains("there is no wallet"));

    let lines = say(&["audit", "list", "--json"]);
    let events: Vec<serde_json::Value> = lines.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    let told: Vec<_> = events.iter().map(|event| event["event"].as_str().unwrap()).collect();
    assert_eq!(told, ["wallet_frozen", "wallet_thawed", "wallet_deleted"]);
    let since = [
        "audit",
        "export",
        "--config",
        config,
        "--key",
        &id,
        "--event",
        "api_key_created",
        "--since",
        "1h",
    ];
    assert_eq!(said(&since).lines().count(), 1);
    assert_eq!(said(&["audit", "list", "--config", config, "--until", "1h"]), "");
    assert_eq!(
        said(&["audit", "list", "--config", config, "--limit", "2"])
            .lines()
            .count(),
        2
    );
    assert!(
        run(&["audit", "list", "--config", config, "--wallet", "x"])
            .stderr
            .starts_with(b"error: invalid value")
    );

    let to = folder.path().join("backup.db");
    assert!(said(&["backup", "--config", config, text(&to)]).contains("whole copy"));
    assert!(complaint(&["backup", "--config", config, text(&to)]).contains("not there yet"));
}
