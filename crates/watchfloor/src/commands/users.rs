//! `user add`, `user passwd`, `user list`.

use super::{reader, runtime};
use crate::cli::UserCommand;
use crate::exit::{self, Failure};
use crate::output::{self, Table};
use std::io::{self, BufRead, IsTerminal};
use std::path::Path;
use wf_hub::Hub;
use wf_model::api::{Floor, User, UserRecord};
use wf_server::{auth, policy};

/// Runs a user command.
pub fn users(command: UserCommand) -> Result<(), Failure> {
    runtime()?.block_on(async {
        match command {
            UserCommand::Add { name, role, password_file, reading } => {
                if !policy::ROLES.contains(&role.as_str()) {
                    return Err(Failure::new(exit::USAGE, format!("--role: '{role}' is none of {}", policy::ROLES.join(", "))));
                }
                let hub = reader(reading.data).await?;
                if hub.user(name.clone()).await?.is_some() {
                    return Err(Failure::new(
                        exit::FAILED,
                        format!("there is a user {name} already; `watchfloor user passwd {name}` sets a new password"),
                    ));
                }
                let user = User { name: name.clone(), role, created: auth::now(), last_login: None, enabled: true };
                put(&hub, user, &password(password_file.as_deref())?, "user.add").await?;
                if reading.json {
                    output::json(&serde_json::json!({"added": name}))
                } else {
                    output::text(&format!("user {name} is added\n"))
                }
            }
            UserCommand::Passwd { name, password_file, reading } => {
                let hub = reader(reading.data).await?;
                let Some(record) = hub.user(name.clone()).await? else {
                    return Err(Failure::new(
                        exit::FAILED,
                        format!("there is no user {name}; `watchfloor user list` shows them"),
                    ));
                };
                put(&hub, record.user, &password(password_file.as_deref())?, "user.passwd").await?;
                if reading.json {
                    output::json(&serde_json::json!({"changed": name}))
                } else {
                    output::text(&format!("the password of {name} is set\n"))
                }
            }
            UserCommand::List { reading } => {
                let users = reader(reading.data).await?.users().await?;
                if reading.json {
                    return output::json(&wf_model::page::Page { total: Some(users.len() as u64), items: users, next: None });
                }
                let mut table = Table::new(&["NAME", "ROLE", "ENABLED", "CREATED", "LAST LOGIN"]);
                for user in users {
                    let last = user.last_login.map_or_else(|| "–".into(), |t| t.to_string());
                    table.row([user.name, user.role, user.enabled.to_string(), user.created.to_string(), last]);
                }
                table.print()
            }
        }
    })
}

async fn put(hub: &Hub, user: User, password: &str, action: &str) -> Result<(), Failure> {
    let password_hash = auth::hash_password(password).map_err(|e| Failure::new(exit::USAGE, e.1))?;
    let name = user.name.clone();
    hub.put_user(UserRecord { user, password_hash }, "command line".into()).await?;
    hub.audit("command line".into(), action.into(), name, String::new()).await?;
    Ok(())
}

/// The first line of a file, of standard input, or typed at the terminal.
pub fn password(file: Option<&Path>) -> Result<String, Failure> {
    let fail = |what: &str, e: io::Error| Failure::new(exit::NO_INPUT, format!("cannot read the password from {what}: {e}"));
    let text = match file {
        Some(path) if path.as_os_str() != "-" => {
            std::fs::read_to_string(path).map_err(|e| fail(&path.display().to_string(), e))?
        }
        _ if io::stdin().is_terminal() => {
            rpassword::prompt_password("password (not shown): ").map_err(|e| fail("the terminal", e))?
        }
        _ => {
            let mut line = String::new();
            io::stdin().lock().read_line(&mut line).map_err(|e| fail("standard input", e))?;
            line
        }
    };
    Ok(text.lines().next().unwrap_or_default().to_owned())
}
