//! A PostgreSQL of our own on loopback, stopped when the tests end, however they end.

use std::net::TcpListener;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::OnceLock;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::{Duration, Instant};

use engine::store::Store;
use sea_orm::ConnectionTrait;

const START_WAIT: Duration = Duration::from_secs(60);

/// Runs the server until the test process is gone: then the pipe on standard input closes, even after a kill. A signal
/// meant for the tests must not end the keeper first.
const KEEPER: &str = r#"
trap "" INT TERM HUP
"$1" -D "$2" -p "$3" -h 127.0.0.1 -k "$2" -F -c max_connections=300 >"$2/server.log" 2>&1 </dev/null &
server=$!
read -r _
kill -INT "$server"
wait "$server"
rm -rf "$2"
"#;

/// Kept open for as long as this process lives.
static SERVER: OnceLock<(String, Option<Child>)> = OnceLock::new();
static DATABASES: AtomicU32 = AtomicU32::new(0);

/// Address of a new, empty database.
pub(crate) async fn fresh_database() -> String {
    let server = tokio::task::spawn_blocking(|| SERVER.get_or_init(start).0.clone()).await.unwrap();
    let name = format!("t{}_{}", std::process::id(), DATABASES.fetch_add(1, Ordering::Relaxed));
    let admin = Store::connect(&server).await.unwrap();
    admin.connection().execute_unprepared(&format!("CREATE DATABASE {name}")).await.unwrap();
    admin.close().await.unwrap();
    let (before, database) = server.rsplit_once('/').unwrap();
    let options = database.split_once('?').map_or(String::new(), |(_, options)| format!("?{options}"));
    format!("{before}/{name}{options}")
}

fn start() -> (String, Option<Child>) {
    if let Ok(url) = std::env::var("ODDSMITH_TEST_PG_URL") {
        return (url, None);
    }
    let programs = programs().expect(
        "no PostgreSQL found: install it (Debian: apt-get install postgresql) or set ODDSMITH_TEST_PG_URL to a server \
         on which databases may be created (postgres://user:password@host:5432/postgres)",
    );
    let folder = tempfile::Builder::new().prefix("oddsmith-pg-").tempdir().unwrap().keep();
    let port = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
    let root = stdout(Command::new("id").arg("-u")) == "0";
    let user = if root { Some(unprivileged_user(&folder)) } else { None };
    let initdb = as_user(user, programs.join("initdb").to_str().unwrap())
        .args(["--username=odds", "--auth=trust", "--no-sync", "--encoding=UTF8", "--locale=C", "-D"])
        .arg(&folder)
        .stdin(Stdio::null())
        .output()
        .unwrap();
    assert!(initdb.status.success(), "initdb: {}", String::from_utf8_lossy(&initdb.stderr));
    let keeper = as_user(user, "sh")
        .args(["-c", KEEPER, "keeper"])
        .arg(programs.join("postgres"))
        .arg(&folder)
        .arg(port.to_string())
        .stdin(Stdio::piped())
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn()
        .unwrap();
    wait_until_ready(&folder);
    (format!("postgres://odds@127.0.0.1:{port}/postgres"), Some(keeper))
}

fn wait_until_ready(folder: &Path) {
    let begun = Instant::now();
    loop {
        let log = std::fs::read_to_string(folder.join("server.log")).unwrap_or_default();
        if log.contains("ready to accept connections") {
            return;
        }
        assert!(begun.elapsed() < START_WAIT, "PostgreSQL did not start:\n{log}");
        std::thread::sleep(Duration::from_millis(50));
    }
}

/// Where the newest installed `initdb` and `postgres` are.
fn programs() -> Option<PathBuf> {
    let mut folders: Vec<PathBuf> = std::env::split_paths(&std::env::var_os("PATH").unwrap_or_default()).collect();
    for base in ["/usr/lib/postgresql", "/opt/homebrew/opt", "/usr/local/opt"] {
        folders.extend(std::fs::read_dir(base).into_iter().flatten().flatten().map(|entry| entry.path().join("bin")));
    }
    folders.into_iter().filter(|folder| folder.join("initdb").exists() && folder.join("postgres").exists()).max()
}

/// PostgreSQL refuses to run as root; gives the folder to a user it accepts.
fn unprivileged_user(folder: &Path) -> &'static str {
    let known = |user: &&str| Command::new("id").arg(user).output().is_ok_and(|output| output.status.success());
    let user = ["postgres", "nobody"].into_iter().find(known).expect("neither user postgres nor nobody exists");
    let uid = stdout(Command::new("id").args(["-u", user])).parse().unwrap();
    let gid = stdout(Command::new("id").args(["-g", user])).parse().unwrap();
    std::os::unix::fs::chown(folder, Some(uid), Some(gid)).unwrap();
    user
}

fn as_user(user: Option<&str>, program: &str) -> Command {
    let Some(user) = user else { return Command::new(program) };
    let mut command = Command::new("setpriv");
    command.args(["--reuid", user, "--regid", user, "--clear-groups", program]).current_dir("/");
    if user == "nobody" {
        // Its group has another name on some systems.
        let gid = stdout(Command::new("id").args(["-g", user]));
        command = Command::new("setpriv");
        command.args(["--reuid", user, "--regid", &gid, "--clear-groups", program]).current_dir("/");
    }
    command
}

fn stdout(command: &mut Command) -> String {
    String::from_utf8(command.output().unwrap().stdout).unwrap().trim().to_owned()
}
