/// A side of the communication over a [`Proxy`](super::Proxy): here, the sender.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Side {
    /// The client, which connected to the proxy.
    Client,
    /// The server, to which the proxy connected.
    Server,
}
