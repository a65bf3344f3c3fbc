use super::{Mode, Order};
use vigil_proto::Config;

fn asked(text: &str) -> Option<Order> {
    Order::from_config(&Config::parse(text).unwrap(), 9080)
}

#[test]
fn there_is_no_order_unless_the_configuration_asks() {
    assert_eq!(asked(""), None);
    assert_eq!(asked("[proxy]\nsystem = \"off\"\n"), None);
}

#[test]
fn the_order_names_the_hosts_that_are_not_left_out() {
    let text = "[proxy]\nsystem = \"pac\"\nhosts = [\"a.example\", \"b.example\"]\n\
                [exclude]\nhosts = [\"b.example\"]\n";

    let hosts = vec!["a.example".to_owned()];
    assert_eq!(asked(text), Some(Order { mode: Mode::Pac, proxy: 9080, hosts }));
}

#[test]
fn an_order_is_one_line() {
    let order = asked("[proxy]\nsystem = \"manual\"\nhosts = [\"api.anthropic.com\"]\n").unwrap();

    let line = serde_json::to_string(&order).unwrap();

    assert_eq!(line, r#"{"mode":"manual","proxy":9080,"hosts":["api.anthropic.com"]}"#);
}
