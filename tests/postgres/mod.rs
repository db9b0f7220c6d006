//! A PostgreSQL server for one test, where its programs are there.

use std::fs::{File, Permissions};
use std::net::TcpListener;
use std::os::unix::fs::PermissionsExt;
use std::os::unix::process::CommandExt;
use std::path::PathBuf;
use std::process::{Child, Command, Stdio};
use std::thread::sleep;
use std::time::Duration;
use tempfile::TempDir;

/// It refuses to run as the administrator: nobody runs it then.
const NOBODY: u32 = 65_534;

pub struct Server {
    process: Child,
    port: u16,
    _folder: TempDir,
}

impl Server {
    /// Starts one, with a user `learner` whose password is `secret`; none where
    /// there is no program for it.
    pub fn start() -> Option<Server> {
        let (initdb, postgres) = (program("initdb")?, program("postgres")?);
        let folder = tempfile::tempdir().unwrap();
        std::fs::set_permissions(folder.path(), Permissions::from_mode(0o777)).unwrap();
        let [data, password, log] =
            ["data", "password", "log"].map(|name| folder.path().join(name));
        std::fs::write(&password, "secret\n").unwrap();
        let made = as_user(Command::new(initdb))
            .args(["--no-sync", "--auth=scram-sha-256", "--username=learner"])
            .arg(format!("--pwfile={}", password.display()))
            .arg("--pgdata")
            .arg(&data)
            .current_dir(folder.path())
            .output()
            .unwrap();
        let said = String::from_utf8_lossy(&made.stderr);
        assert!(made.status.success(), "initdb: {said}");
        let free = TcpListener::bind("127.0.0.1:0").unwrap();
        let port = free.local_addr().unwrap().port();
        drop(free);
        let process = as_user(Command::new(postgres))
            .arg("-D")
            .arg(&data)
            .args([
                "-h",
                "127.0.0.1",
                "-p",
                &port.to_string(),
                "-c",
                "fsync=off",
                "-k",
            ])
            .arg(folder.path())
            .current_dir(folder.path())
            .stdout(Stdio::null())
            .stderr(File::create(&log).unwrap())
            .spawn()
            .unwrap();
        let server = Server {
            process,
            port,
            _folder: folder,
        };
        for _ in 0..2_000 {
            // Its own word that it answers stands in this file. (To try the port
            // would be to take it: a socket can connect to itself.)
            let word = std::fs::read_to_string(data.join("postmaster.pid"));
            if word.is_ok_and(|word| word.contains("ready")) {
                return Some(server);
            }
            sleep(Duration::from_millis(10));
        }
        let said = std::fs::read_to_string(log);
        panic!("PostgreSQL does not answer: {said:?}");
    }

    pub fn address(&self, password: &str) -> String {
        format!(
            "postgresql://learner:{password}@127.0.0.1:{}/postgres",
            self.port
        )
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        // SAFETY: kill takes plain numbers; it is a child that was not waited
        // for. SIGINT ends it and its own processes at once.
        unsafe { libc::kill(self.process.id() as i32, libc::SIGINT) };
        let _ = self.process.wait();
    }
}

fn as_user(mut command: Command) -> Command {
    // SAFETY: geteuid takes nothing and gives a number.
    if unsafe { libc::geteuid() } == 0 {
        command.uid(NOBODY).gid(NOBODY);
    }
    command
}

/// A program of PostgreSQL, on PATH or where Debian keeps it.
fn program(name: &str) -> Option<PathBuf> {
    let path = std::env::var_os("PATH")?;
    let debian = std::fs::read_dir("/usr/lib/postgresql")
        .into_iter()
        .flatten();
    let debian = debian.flatten().map(|version| version.path().join("bin"));
    let mut folders = std::env::split_paths(&path).chain(debian);
    folders.find_map(|folder| Some(folder.join(name)).filter(|program| program.exists()))
}
