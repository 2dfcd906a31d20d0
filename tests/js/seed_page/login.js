// Logs in whom the address names, with the callbacks a page written for webim 1.7 passes, and gets
// the table ready. The server is another origin than this page's.
var address = new URLSearchParams(location.search);

// The calls update this object, so it must be a global of just this name.
var loginInfo = {
  sdkAppID: address.get("sdkappid"),
  accountType: address.get("sdkappid"),
  identifier: address.get("identifier"),
  userSig: address.get("usersig"),
  identifierNick: null
};

$("#search_profile_table").bootstrapTable({
  columns: [
    { field: "To_Account", title: "Account" },
    { field: "Nick", title: "Nickname" },
    { field: "Gender", title: "Gender" },
    { field: "AllowType", title: "Friend requests" },
    { field: "Image", title: "Avatar" }
  ],
  data: []
});

webim.login(
  loginInfo,
  { onConnNotify: function () {}, jsonpCallback: null },
  { server: address.get("server"), isAccessFormalEnv: true, isLogOn: false },
  function (answer) {
    loginInfo.identifierNick = answer.identifierNick || loginInfo.identifier;
    document.getElementById("t_my_name").textContent = loginInfo.identifierNick;
  },
  function (error) {
    document.getElementById("t_my_name").textContent = "login: " + error.ErrorInfo;
  }
);
