/// One of the two that talk over a [`Proxy`](super::Proxy): here, the one who sends.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Side {
    /// Whoever connected to the proxy.
    Client,
    /// Whoever the proxy connected to.
    Server,
}
