use super::Side;

/// What arrived at a [`Proxy`](super::Proxy) over all connections, whether it was passed on or not.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Counts {
    /// The number of connections that clients made.
    pub connections: u64,
    /// The number of client messages, of which the first on a connection has no type.
    pub client_messages: u64,
    /// The number of server messages.
    pub server_messages: u64,
    /// The number of round trips: how often a client sent a message first, or after the server had sent one, and so will
    /// wait for an answer.
    pub round_trips: u64,
    /// The number of statements that clients had executed, over either query protocol.
    pub statements: u64,
}

impl Counts {
    /// Returns the number of messages of this side.
    #[must_use]
    pub fn messages(&self, side: Side) -> u64 {
        match side {
            Side::Client => self.client_messages,
            Side::Server => self.server_messages,
        }
    }

    /// Counts a message of a client that has a statement executed: `Query` or `Execute`.
    pub(super) fn add_if_statement(&mut self, message: &[u8]) {
        let executes = matches!(message.first(), Some(b'Q' | b'E'));
        self.statements += u64::from(executes);
    }

    pub(super) fn add(&mut self, side: Side, begins_round_trip: bool) {
        match side {
            Side::Client => self.client_messages += 1,
            Side::Server => self.server_messages += 1,
        }
        self.round_trips += u64::from(begins_round_trip);
    }
}
