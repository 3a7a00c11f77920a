//! Answers against what is expected of them.

use callsheet::{Error, Service};
use serde_json::Value;

use crate::Way;
use crate::values;

pub fn compare(job: &Value, way: &dyn Way, service: &Service, response: &Value) -> Result<(), String> {
    let status = response["status_code"].as_u64().and_then(|status| u16::try_from(status).ok()).unwrap_or(200);
    let mut builder = http::Response::builder().status(status);
    for (name, value) in response["headers"].as_object().into_iter().flatten() {
        builder = builder.header(name, value.as_str().unwrap_or_default());
    }
    let body = response["body"].as_str().unwrap_or_default().as_bytes().to_vec();
    let response = builder.body(body).map_err(|e| e.to_string())?;
    let answer = way.response(service, &response);
    if job.get("error").is_none() {
        return values::compare(answer.map_err(|e| e.to_string())?.as_ref(), &job["result"]);
    }
    let error = match answer {
        Ok(_) => return Err("expected an error, found an output".to_owned()),
        Err(Error::Service(error)) => error,
        Err(other) => return Err(format!("expected an error of the service, found: {other}")),
    };
    if let Some(code) = job["errorCode"].as_str()
        && error.code != code
    {
        return Err(format!("code: expected {code:?}, found {:?}", error.code));
    }
    if let Some(message) = job["errorMessage"].as_str()
        && error.message != message
    {
        return Err(format!("message: expected {message:?}, found {:?}", error.message));
    }
    match job["errorType"].as_str() {
        Some(name) => {
            let members = way.members(&error, name).ok_or_else(|| format!("the error is not a {name}"))?;
            values::compare(members.map_err(|e| e.to_string())?.as_ref(), &job["error"])
        }
        None if job["error"].as_object().is_none_or(serde_json::Map::is_empty) => Ok(()),
        None => Err("no modelled error has this code, but members are expected".to_owned()),
    }
}
