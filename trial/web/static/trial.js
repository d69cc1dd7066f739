// Switches on what the framework adds where the browser runs scripts; every page works without.
// A module of our own, because the framework's inline line is not allowed by our security policy.

import { initAll } from "./build/govuk-frontend.min.js";
import "./forms.js";
import "./kept.js";

document.body.classList.add("js-enabled", "govuk-frontend-supported");
initAll();
