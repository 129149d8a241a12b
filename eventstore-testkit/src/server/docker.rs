use std::env;
use std::mem;
use std::thread;
use std::time::Duration;

use testcontainers::bollard::Docker;
use testcontainers::bollard::errors::Error;
use testcontainers::core::client::docker_client_instance;
use testcontainers::core::{IntoContainerPort, Mount, WaitFor};
use testcontainers::runners::AsyncRunner;
use testcontainers::{ContainerRequest, GenericImage, ImageExt, TestcontainersError};
use tokio::time::timeout;

use super::remover::Remover;
use super::secret::secret;
use super::{Durability, ServerError};

/// Names the image; it has to behave like the official one.
const VARIABLE: &str = "EVENTSTORE_TEST_IMAGE";
const DEFAULT_IMAGE: &str = "postgres:18";

const PORT: u16 = 5432;
const DATA: &str = "/eventstore-test";
const ENGINE_LIMIT: Duration = Duration::from_secs(5);
const REGISTRY_LIMIT: Duration = Duration::from_secs(5);
const PULL_LIMIT: Duration = Duration::from_secs(30);
const START_LIMIT: Duration = Duration::from_mins(1);

/// A PostgreSQL server in its own Docker container, removed when the value is dropped.
///
/// The container is also removed if the process ends without dropping the value.
#[derive(Debug)]
pub struct DockerServer {
    _remover: Remover,
    name: String,
    image: String,
    url: String,
}

impl DockerServer {
    /// Starts a container from the image that `EVENTSTORE_TEST_IMAGE` names, by default `postgres:18`; returns when its
    /// server accepts connections.
    ///
    /// The image is pulled if the engine does not have it. The data is held in memory unless it is to be durable.
    ///
    /// # Errors
    ///
    /// Fails if no engine answers within 5 seconds, there is no `docker` program, the engine does not have the image and
    /// reaches no registry within 5 seconds or does not pull it within 30, or the server is not ready within a minute.
    pub fn start(durability: Durability) -> Result<Self, ServerError> {
        let image = env::var(VARIABLE)
            .ok()
            .filter(|image| !image.is_empty())
            .unwrap_or_else(|| DEFAULT_IMAGE.to_owned());
        // A thread, since the caller may be asynchronous itself.
        let started = thread::spawn(move || run(image, durability)).join();
        started.unwrap_or_else(|_| Err(ServerError::container("the client of the engine panicked")))
    }

    /// Returns the URL of the superuser on the database `postgres`.
    #[must_use]
    pub fn url(&self) -> &str {
        &self.url
    }

    /// Returns the name of the container.
    #[must_use]
    pub fn name(&self) -> &str {
        &self.name
    }

    /// Returns the image of the container.
    #[must_use]
    pub fn image(&self) -> &str {
        &self.image
    }
}

fn run(image: String, durability: Durability) -> Result<DockerServer, ServerError> {
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .worker_threads(1)
        .enable_all()
        .build()
        .map_err(ServerError::io("start a runtime"))?;
    runtime.block_on(start(image, durability))
}

async fn start(image: String, durability: Durability) -> Result<DockerServer, ServerError> {
    ensure_engine().await?;
    let password = secret().map_err(ServerError::io("make a password"))?;
    let name = secret().map_err(ServerError::io("make a name"))?;
    let name = format!("eventstore-test-{name}");
    let request = with_image(request(&image, &name, &password, durability), &image).await?;
    // There before the container is, so that none is left over.
    let remover = Remover::start(&name).map_err(ServerError::io("start the program `docker`"))?;
    let address = start_container(request).await.map_err(ServerError::container)?;
    Ok(DockerServer {
        _remover: remover,
        name,
        image,
        url: format!("postgres://postgres:{password}@{address}/postgres"),
    })
}

async fn ensure_engine() -> Result<(), ServerError> {
    let ping = async {
        let engine = docker_client_instance().await.map_err(ServerError::no_engine)?;
        engine.ping().await.map_err(ServerError::no_engine)
    };
    match timeout(ENGINE_LIMIT, ping).await {
        Ok(answer) => answer.map(drop),
        Err(late) => Err(ServerError::no_engine(late)),
    }
}

async fn with_image(
    request: ContainerRequest<GenericImage>,
    image: &str,
) -> Result<ContainerRequest<GenericImage>, ServerError> {
    let engine = docker_client_instance().await.map_err(ServerError::no_engine)?;
    if engine.inspect_image(image).await.is_ok() {
        return Ok(request);
    }
    ensure_registry(&engine, image, REGISTRY_LIMIT).await?;
    match timeout(PULL_LIMIT, request.pull_image()).await {
        Ok(pulled) => pulled.map_err(|error| ServerError::no_image(image, error)),
        Err(late) => Err(ServerError::no_image(image, late)),
    }
}

/// Ensures that the registry of the image answers the engine, whatever it answers: pulling from one that does not would
/// take all the time that a pull is given.
async fn ensure_registry(engine: &Docker, image: &str, limit: Duration) -> Result<(), ServerError> {
    match timeout(limit, engine.inspect_registry_image(image, None)).await {
        Ok(Err(error @ Error::DockerResponseServerError { status_code: 500.., .. })) => {
            Err(ServerError::no_image(image, error))
        }
        // Some images are inspected only with a password, and some engines cannot inspect any.
        Ok(_) => Ok(()),
        Err(late) => Err(ServerError::no_image(image, late)),
    }
}

fn request(image: &str, name: &str, password: &str, durability: Durability) -> ContainerRequest<GenericImage> {
    let (repository, tag) = repository_and_tag(image);
    let request = GenericImage::new(repository, tag)
        .with_exposed_port(PORT.tcp())
        // The server that only prepares the cluster says so on the other stream.
        .with_wait_for(WaitFor::message_on_stderr(
            "database system is ready to accept connections",
        ))
        .with_container_name(name)
        .with_startup_timeout(START_LIMIT)
        .with_env_var("PGDATA", format!("{DATA}/data"))
        .with_env_var("POSTGRES_PASSWORD", password)
        // As in `supervisor.sh`: a password that is hashed thousands of times costs more than the rest of a connect.
        .with_env_var("POSTGRES_HOST_AUTH_METHOD", "md5")
        .with_env_var(
            "POSTGRES_INITDB_ARGS",
            "--auth=md5 --encoding=UTF8 --locale=C --no-sync",
        )
        .with_cmd(command(durability));
    match durability {
        Durability::Relaxed => request.with_mount(Mount::tmpfs_mount(DATA)),
        Durability::Full => request,
    }
}

fn command(durability: Durability) -> Vec<String> {
    let settings = durability.settings();
    let arguments = settings.into_iter().flat_map(|setting| ["-c", setting]);
    std::iter::once("postgres")
        .chain(arguments)
        .map(str::to_owned)
        .collect()
}

async fn start_container(request: ContainerRequest<GenericImage>) -> Result<String, TestcontainersError> {
    let container = request.start().await?;
    // The port is that of IPv4, to which `localhost` need not resolve.
    let host = container
        .get_host()
        .await?
        .to_string()
        .replace("localhost", "127.0.0.1");
    let port = container.get_host_port_ipv4(PORT).await?;
    // It would remove itself only when dropped, and inside of a runtime. The remover does without either.
    mem::forget(container);
    Ok(format!("{host}:{port}"))
}

/// A colon before a slash belongs to the port of a registry.
fn repository_and_tag(image: &str) -> (&str, &str) {
    match image.rsplit_once(':') {
        Some((repository, tag)) if !tag.contains('/') => (repository, tag),
        _ => (image, "latest"),
    }
}

#[cfg(test)]
mod tests {
    use testcontainers::bollard::API_DEFAULT_VERSION;
    use tokio::io::{AsyncReadExt, AsyncWriteExt};
    use tokio::net::TcpListener;

    use super::*;

    /// The client of an engine that gives this answer to the first question, or none.
    async fn engine(answer: Option<&'static str>) -> Docker {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        tokio::spawn(async move {
            let (mut connection, _) = listener.accept().await.unwrap();
            connection.read_exact(&mut [0]).await.unwrap();
            if let Some(answer) = answer {
                connection.write_all(answer.as_bytes()).await.unwrap();
            }
            // Holds the connection until the client leaves.
            let _ = connection.read_to_end(&mut Vec::new()).await;
        });
        Docker::connect_with_http(&address.to_string(), 60, API_DEFAULT_VERSION).unwrap()
    }

    async fn registry(answer: Option<&'static str>) -> Result<(), ServerError> {
        let limit = if answer.is_some() {
            Duration::from_mins(1)
        } else {
            Duration::from_millis(50)
        };
        ensure_registry(&engine(answer).await, "postgres:18", limit).await
    }

    #[tokio::test]
    async fn an_engine_that_reaches_no_registry_is_not_waited_for() {
        let refused = "HTTP/1.1 500 Internal Server Error\r\ncontent-length: 22\r\n\r\n{\"message\":\"no route\"}";
        for answer in [None, Some(refused)] {
            let error = registry(answer).await.unwrap_err();
            assert!(matches!(error, ServerError::NoImage { .. }), "{error:?}");
        }
    }

    #[tokio::test]
    async fn a_registry_that_answers_may_be_pulled_from() {
        registry(Some("HTTP/1.1 401 Unauthorized\r\ncontent-length: 2\r\n\r\n{}"))
            .await
            .unwrap();
        registry(Some("HTTP/1.1 404 Not Found\r\ncontent-length: 2\r\n\r\n{}"))
            .await
            .unwrap();
    }

    #[test]
    fn the_tag_of_an_image_may_be_missing() {
        assert_eq!(repository_and_tag("postgres:18"), ("postgres", "18"));
        assert_eq!(
            repository_and_tag("host:5000/postgres"),
            ("host:5000/postgres", "latest")
        );
        assert_eq!(
            repository_and_tag("host:5000/postgres:15"),
            ("host:5000/postgres", "15")
        );
    }
}
