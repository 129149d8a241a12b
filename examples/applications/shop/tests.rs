use eventstore_core::SubscriptionKey;
use quickstart::StoreUrl;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio::time::timeout;

use super::*;

const LONGEST: Duration = Duration::from_secs(30);

on_each_backend!(shows_orders_and_what_is_parked);

async fn shows_orders_and_what_is_parked(url: &StoreUrl) {
    let store = url.open().await.unwrap();
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    let shop = Shop {
        store: Arc::clone(&store),
        order_every: Duration::from_millis(10),
        ending: CancellationToken::new(),
    };
    let seen = async {
        let front_page = get_page(address, "/").await;
        assert!(front_page.contains("/events/overview"), "{front_page}");
        while !get_page(address, "/events/all").await.contains("PaymentTaken") {}
        let parked = "/events/parked?stream=%24all&name=payments";
        while !get_page(address, parked).await.contains("is declined") {}
        let key = SubscriptionKey::new("$all", "payments").unwrap();
        assert!(store.subscription_info(&key).await.unwrap().is_held);
    };
    tokio::select! {
        ended = shop.open(listener) => panic!("the shop has closed: {ended:?}"),
        seen = timeout(LONGEST, seen) => seen.unwrap(),
    }
    store.close().await;
}

async fn get_page(address: std::net::SocketAddr, path: &str) -> String {
    let mut connection = TcpStream::connect(address).await.unwrap();
    let request = format!("GET {path} HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n");
    connection.write_all(request.as_bytes()).await.unwrap();
    let mut answer = String::new();
    connection.read_to_string(&mut answer).await.unwrap();
    answer
}
