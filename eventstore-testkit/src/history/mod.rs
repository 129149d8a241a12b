//! Records what happens to a store, and checks it afterwards against the contents of the store.
//!
//! Everything that appends, reads, subscribes or breaks something tells a [`Recorder`]. In the end its [`History`] is
//! compared with the [`Log`]: whether every receipt holds, every stream and `$all` are without gaps, no subscriber
//! skipped an event or got one out of order, and no checkpoint passed an event that no subscriber had acknowledged. The
//! [`Report`] names what is broken, and the [`Promise`] that it breaks.
//!
//! ```
//! use eventstore_core::{Append, EventType, ExpectedVersion, NewEvent, StreamName};
//! use eventstore_testkit::MemoryStore;
//! use eventstore_testkit::history::{Log, Recorder, Watched};
//!
//! # async fn test() -> Result<(), Box<dyn std::error::Error>> {
//! let (store, recorder) = (MemoryStore::new(), Recorder::in_memory());
//! let event = NewEvent::new(uuid::Uuid::now_v7(), EventType::new("Happened")?, "{}");
//! let append = Append::new(StreamName::new("s")?, ExpectedVersion::Any, vec![event])?;
//! recorder.append(&store, append).await?;
//! // … subscribers tell the recorder as well, and something is broken meanwhile …
//! let report = recorder.history()?.judge(&Log::read(&store).await?, &[Watched::all("invoices")]);
//! assert!(!report.is_sound(), "no subscriber has got the event");
//! # Ok(())
//! # }
//! # tokio::runtime::Runtime::new().unwrap().block_on(test()).unwrap();
//! ```
//!
//! Several processes write one history by appending to one file ([`Recorder::to_file`]). What happens earlier in one
//! process is then earlier in the file, provided that each process records what it is *about to* do (append, acknowledge)
//! and what it *has* got (receipts, events, checkpoints). A history is plain data: any program can write its lines of
//! JSON.
//!
//! Judging takes time and memory in proportion to the history and the log.

#[cfg(test)]
mod fencing_tests;
mod finding;
mod judgement;
mod log;
mod record;
mod recorded_group;
mod recorder;
mod report;
mod tail;
#[cfg(test)]
mod tests;
mod watched;

pub use self::finding::{Finding, Promise};
pub use self::judgement::History;
pub use self::log::{Log, LogEvent};
pub use self::record::{Answer, Record};
pub use self::recorded_group::RecordedGroup;
pub use self::recorder::Recorder;
pub use self::report::Report;
pub use self::tail::Tail;
pub use self::watched::Watched;
