use std::fs::OpenOptions;
use std::io::ErrorKind;
use std::path::Path;

use eventstore_core::Error;

use crate::failure::Failure;
use crate::output::Output;

/// Creates an empty file, which is an empty database.
pub(super) fn run(path: &Path, output: &Output) -> Result<(), Failure> {
    match OpenOptions::new().write(true).create_new(true).open(path) {
        Ok(_) => output.note("the file was created; make the event store in it with `eventstore init`"),
        Err(error) if error.kind() == ErrorKind::AlreadyExists && path.is_file() => {
            output.note("the file existed already; nothing was changed");
        }
        Err(error) => return Err(refused(path, error).into()),
    }
    Ok(())
}

fn refused(path: &Path, error: std::io::Error) -> Error {
    let message = format!("the file {} cannot be created", path.display());
    match error.kind() {
        ErrorKind::PermissionDenied | ErrorKind::ReadOnlyFilesystem => Error::AccessDenied {
            message,
            source: error.into(),
        },
        ErrorKind::NotFound => Error::NotInitialized {
            message: format!("there is no folder {}", path.parent().unwrap_or(path).display()),
        },
        _ => Error::Unavailable {
            message,
            source: Some(error.into()),
        },
    }
}
