//! A database of readings: SQLite in a file, or a PostgreSQL server.
//!
//! Each query has a connection of its own, as each request of a small web
//! service would.

use rusqlite::{Connection, OpenFlags};
use std::path::{Path, PathBuf};
use std::time::Duration;
use tokio_postgres::{Config, NoTls};

/// How long a server may take to let somebody in.
const PATIENCE: Duration = Duration::from_secs(10);

/// The table: readings with an id from 1 on and a value.
const VALUE: &str = "id * 7919 % 1000";

/// The value of a reading, without asking.
pub fn value(id: u64) -> u64 {
    id * 7919 % 1000
}

/// Where the readings are.
#[derive(Clone, Debug)]
pub enum Database {
    /// In a file.
    Sqlite(PathBuf),
    /// With a server, which makes them up for each query: nothing is written.
    Postgres {
        /// Who and where.
        config: Box<Config>,
        /// How many readings.
        rows: u64,
    },
}

/// What is asked.
#[derive(Clone, Copy, Debug)]
pub enum Query {
    /// One reading by its id.
    One(u64),
    /// How many values end in a digit, and their sum: every reading is looked at.
    Scan(u64),
    /// Every reading.
    All,
}

/// Why a database did not answer.
#[derive(Debug, thiserror::Error)]
pub enum DatabaseError {
    /// Of the file.
    #[error("the SQLite file: {0}")]
    Sqlite(#[from] rusqlite::Error),
    /// Of the server.
    #[error("{}", told(.0))]
    Postgres(#[from] tokio_postgres::Error),
    /// Nothing came in time.
    #[error("no answer within {} s", .0.as_secs_f64())]
    Late(Duration),
    /// No runtime.
    #[error("the system gives no means to wait for an answer: {0}")]
    System(#[from] std::io::Error),
}

fn told(error: &tokio_postgres::Error) -> String {
    let source = std::error::Error::source(error).map(|source| format!(": {source}"));
    format!("{error}{}", source.unwrap_or_default())
}

impl Database {
    /// A SQLite file of so many readings, made anew.
    ///
    /// # Errors
    /// When it cannot be written.
    pub fn file(path: &Path, rows: u64) -> Result<Database, DatabaseError> {
        let connection = Connection::open(path)?;
        connection.execute_batch(&format!(
            "CREATE TABLE readings (id INTEGER PRIMARY KEY, value INTEGER NOT NULL);
             WITH RECURSIVE numbers (id) AS
                 (SELECT 1 UNION ALL SELECT id + 1 FROM numbers WHERE id < {rows})
             INSERT INTO readings SELECT id, {VALUE} FROM numbers;"
        ))?;
        Ok(Database::Sqlite(path.to_owned()))
    }

    /// A PostgreSQL server by its address, which is not asked yet.
    ///
    /// # Errors
    /// When the address cannot be read.
    pub fn server(address: &str, rows: u64) -> Result<Database, DatabaseError> {
        let mut config: Config = address.parse()?;
        if config.get_connect_timeout().is_none() {
            config.connect_timeout(PATIENCE);
        }
        config.application_name("threadlab");
        let config = Box::new(config);
        Ok(Database::Postgres { config, rows })
    }

    /// The answer, as pairs of numbers; waits for it on this thread.
    ///
    /// # Errors
    /// When there is none.
    pub fn ask_blocking(&self, query: Query) -> Result<Vec<(i64, i64)>, DatabaseError> {
        match self {
            Database::Sqlite(path) => from_file(path, query),
            Database::Postgres { .. } => super::block_on(self.ask(query), DatabaseError::System),
        }
    }

    /// The same under tokio. A file's answer blocks the thread here too: SQLite
    /// is a library, and there is nobody else who could work meanwhile.
    ///
    /// # Errors
    /// When there is none.
    pub async fn ask(&self, query: Query) -> Result<Vec<(i64, i64)>, DatabaseError> {
        match self {
            Database::Sqlite(path) => from_file(path, query),
            Database::Postgres { config, rows } => {
                let (client, connection) = tokio::time::timeout(PATIENCE, config.connect(NoTls))
                    .await
                    .map_err(|_| DatabaseError::Late(PATIENCE))??;
                // An error of the connection is one of the query too.
                tokio::spawn(connection);
                let sql = format!(
                    "WITH readings AS (SELECT id, {VALUE} AS value \
                     FROM generate_series(1::bigint, {rows}::bigint) AS numbers (id)) {}",
                    sql(query)
                );
                let found = client.query(&sql, &[]).await?;
                let pair = |row: &tokio_postgres::Row| Ok((row.try_get(0)?, row.try_get(1)?));
                found.iter().map(pair).collect()
            }
        }
    }
}

fn sql(query: Query) -> String {
    match query {
        Query::One(id) => format!("SELECT id, value FROM readings WHERE id = {id}"),
        Query::Scan(digit) => format!(
            "SELECT count(*), CAST(coalesce(sum(value), 0) AS bigint) \
             FROM readings WHERE value % 10 = {digit}"
        ),
        Query::All => "SELECT id, value FROM readings".into(),
    }
}

fn from_file(path: &Path, query: Query) -> Result<Vec<(i64, i64)>, DatabaseError> {
    let connection = Connection::open_with_flags(path, OpenFlags::SQLITE_OPEN_READ_ONLY)?;
    let mut statement = connection.prepare(&sql(query))?;
    let pairs = statement.query_map([], |row| Ok((row.get(0)?, row.get(1)?)))?;
    Ok(pairs.collect::<Result<_, _>>()?)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_answers_as_the_formula_does() {
        let folder = tempfile::tempdir().unwrap();
        let database = Database::file(&folder.path().join("readings.sqlite"), 1_000).unwrap();
        let one = database.ask_blocking(Query::One(17)).unwrap();
        assert_eq!(one, [(17, value(17) as i64)]);
        let ends_in_3: Vec<u64> = (1..=1_000).map(value).filter(|v| v % 10 == 3).collect();
        let scan = database.ask_blocking(Query::Scan(3)).unwrap();
        let expected = (ends_in_3.len() as i64, ends_in_3.iter().sum::<u64>() as i64);
        assert_eq!(scan, [expected]);
        assert_eq!(database.ask_blocking(Query::All).unwrap().len(), 1_000);
    }

    #[test]
    fn what_is_no_address_of_a_server_is_refused() {
        assert!(Database::server("postgresql://host:port/", 1).is_err());
    }
}
