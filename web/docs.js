// Shows the site's OpenAPI document; all addresses are relative, so that a proxy's prefix is kept.
"use strict";

window.ui = SwaggerUIBundle({
  url: "openapi.json",
  dom_id: "#docs",
  deepLinking: true,
  validatorUrl: null,
  oauth2RedirectUrl: new URL("docs/oauth2-redirect", location.href).href,
});
