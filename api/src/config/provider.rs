//! The outside servers that the installation itself uses: a model server for bots that have none of their own, and a store for
//! files. The operator chose them, so their addresses may be anywhere.

use infra::blobs::S3Settings;
use infra::responder::{Endpoint, check_base_url};
use secrecy::ExposeSecret;

use super::{Settings, SettingsError};

impl Settings {
    /// The installation's model server, if there is one.
    pub fn provider(&self) -> Result<Option<Endpoint>, SettingsError> {
        let Some(kind) = self.provider_kind else {
            let stray = [
                ("provider_url", self.provider_url.is_some()),
                ("provider_key", self.provider_key.is_some()),
                ("provider_model", self.provider_model.is_some()),
            ];
            return match stray.iter().find(|(_, set)| *set) {
                Some((key, _)) => Err(SettingsError(format!("`{key}` needs `provider_kind` too"))),
                None => Ok(None),
            };
        };
        let url = self.provider_url.as_deref();
        let url = url.ok_or_else(|| SettingsError("`provider_kind` needs `provider_url` too".into()))?;
        let base_url = check_base_url(url).map_err(|why| SettingsError(format!("`provider_url` {why}")))?;
        Ok(Some(Endpoint {
            kind,
            base_url,
            api_key: self.provider_key.clone(),
            model: self.provider_model.clone().unwrap_or_default(),
            trusted: true,
        }))
    }

    /// The S3-compatible store, if files are to go to one.
    pub fn s3(&self) -> Option<S3Settings> {
        let region = self.s3_region.clone().unwrap_or_else(|| "us-east-1".into());
        let endpoint = self.s3_endpoint.clone();
        let endpoint = endpoint.unwrap_or_else(|| format!("https://s3.{region}.amazonaws.com"));
        let access_key = self.s3_access_key.clone().unwrap_or_default();
        Some(S3Settings {
            bucket: self.s3_bucket.clone()?,
            allow_http: endpoint.starts_with("http://"),
            endpoint,
            region,
            access_key: access_key.expose_secret().to_owned(),
            secret_key: self.s3_secret_key.clone().unwrap_or_default(),
            virtual_hosted: false,
            prefix: self.s3_prefix.clone().unwrap_or_default(),
        })
    }

    pub(super) fn check_s3(&self) -> Result<(), SettingsError> {
        if self.s3_bucket.is_some() && (self.s3_access_key.is_none() || self.s3_secret_key.is_none()) {
            return Err(SettingsError(
                "`s3_bucket` needs `s3_access_key` and `s3_secret_key` too".into(),
            ));
        }
        Ok(())
    }
}
