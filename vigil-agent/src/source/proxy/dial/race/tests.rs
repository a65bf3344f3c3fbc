use tokio::net::TcpListener;

use super::*;

async fn listening(at: &str) -> (TcpListener, SocketAddr) {
    let listener = TcpListener::bind(at).await.unwrap();
    let address = listener.local_addr().unwrap();
    (listener, address)
}

/// A port that nobody listens on.
async fn closed() -> SocketAddr {
    listening("127.0.0.1:0").await.1
}

/// A listener whose queue is full, so that nobody answers who connects.
async fn silent() -> (TcpListener, Vec<tokio::task::JoinHandle<io::Result<TcpStream>>>, SocketAddr)
{
    let socket = TcpSocket::new_v4().unwrap();
    socket.bind("127.0.0.1:0".parse().unwrap()).unwrap();
    let listener = socket.listen(1).unwrap();
    let address = listener.local_addr().unwrap();
    let mut queued = Vec::new();
    for _ in 0..8 {
        queued.push(tokio::spawn(TcpStream::connect(address)));
    }
    while queued.iter().filter(|one| one.is_finished()).count() < 2 {
        sleep(Duration::from_millis(10)).await;
    }
    (listener, queued, address)
}

#[tokio::test]
async fn an_address_that_refuses_gives_way_to_the_next() {
    let (_listener, address) = listening("127.0.0.1:0").await;

    let stream = race(vec![closed().await, closed().await, address]).await.unwrap();

    assert_eq!(stream.peer_addr().unwrap(), address);
    assert!(stream.nodelay().unwrap());
}

#[tokio::test]
async fn an_address_that_is_silent_does_not_hold_the_next_up() {
    let (_full, queued, nobody) = silent().await;
    let (_listener, address) = listening("127.0.0.1:0").await;

    // Longer than the race takes, and much shorter than a silent address is tried.
    let won = tokio::time::timeout(Duration::from_secs(20), race(vec![nobody, address])).await;

    assert_eq!(won.unwrap().unwrap().peer_addr().unwrap(), address);
    for one in queued {
        one.abort();
    }
}

#[tokio::test]
async fn both_families_are_tried() {
    let Ok(listener) = TcpListener::bind("[::1]:0").await else {
        println!("skipped: this machine has no IPv6");
        return;
    };
    let address = listener.local_addr().unwrap();

    let stream = race(vec![closed().await, address]).await.unwrap();

    assert_eq!(stream.peer_addr().unwrap(), address);
}

#[tokio::test]
async fn when_nobody_answers_the_last_error_tells() {
    let refused = race(vec![closed().await]).await.unwrap_err();
    assert_eq!(refused.kind(), io::ErrorKind::ConnectionRefused);
    assert_eq!(race(vec![]).await.unwrap_err().kind(), io::ErrorKind::NotFound);
}

#[test]
fn families_take_turns() {
    let six = |n: u16| SocketAddr::from(([0, 0, 0, 0, 0, 0, 0, 1], n));
    let four = |n: u16| SocketAddr::from(([127, 0, 0, 1], n));

    let turns = alternate(vec![six(1), six(2), six(3), four(1)]);

    assert_eq!(turns, [six(1), four(1), six(2), six(3)]);
}
