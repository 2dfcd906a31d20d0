// The two calls of a profile page written for webim 1.7: the same globals, the same SDK members and
// the same order of calls as the SDK's documented samples, in our own words.
var genderNames = {
  Gender_Type_Male: "男", Gender_Type_Female: "女", Gender_Type_Unknown: "未知"
};
var allowTypeNames = {
  AllowType_Type_AllowAny: "允许任何人",
  AllowType_Type_NeedConfirm: "需要确认",
  AllowType_Type_DenyAny: "拒绝任何人"
};

function showError(error) {
  alert(error.ErrorInfo);
}

// Says what is wrong with the text of an input, empty or all blanks; true when nothing is.
function hasText(selector, whenEmpty, whenBlank) {
  var isEmpty = $(selector).val().length == 0;
  if (isEmpty) alert(whenEmpty);
  else if (webim.Tool.trimStr($(selector).val()).length == 0) alert(whenBlank);
  else return true;
  return false;
}

function checkedValue(name) {
  return $("input[name='" + name + "']:checked").val();
}

var setProfilePortrait = function () {
  if (!hasText("#spp_nick", "请输入昵称", "您输入的昵称全是空格,请重新输入")) return;
  if (!checkedValue("spp_gender_radio")) return alert("请选择性别");
  webim.setProfilePortrait({
    ProfileItem: [
      { Tag: "Tag_Profile_IM_Nick", Value: $("#spp_nick").val() },
      { Tag: "Tag_Profile_IM_Gender", Value: checkedValue("spp_gender_radio") },
      { Tag: "Tag_Profile_IM_AllowType", Value: checkedValue("spp_allow_type_radio") }
    ]
  }, function () {
    $("#set_profile_portrait_dialog").modal("hide");
    loginInfo.identifierNick = $("#spp_nick").val();
    document.getElementById("t_my_name").innerHTML = loginInfo.identifierNick;
    alert("设置个人资料成功");
  }, showError);
};

// One account of the answer as a row of the table; what is not set stays null.
function toRow(user) {
  var values = {};
  (user.ProfileItem || []).forEach(function (item) {
    values[item.Tag] = item.Value;
  });
  var allowType = values.Tag_Profile_IM_AllowType;
  var allowTypeName = allowTypeNames[allowType] || allowTypeNames.AllowType_Type_NeedConfirm;
  return {
    To_Account: user.To_Account,
    Nick: webim.Tool.formatText2Html(values.Tag_Profile_IM_Nick || null),
    Gender: genderNames[values.Tag_Profile_IM_Gender] || null,
    AllowType: allowType ? allowTypeName : null,
    Image: values.Tag_Profile_IM_Image || null
  };
}

var searchProfileByUserId = function () {
  if (!hasText("#sp_to_account", "请输入用户ID", "您输入的用户ID全是空格,请重新输入")) return;
  webim.getProfilePortrait({
    To_Account: [$("#sp_to_account").val()],
    TagList: [
      "Tag_Profile_IM_Nick", "Tag_Profile_IM_Gender", "Tag_Profile_IM_AllowType",
      "Tag_Profile_IM_Image"
    ]
  }, function (answer) {
    $("#search_profile_table").bootstrapTable("load", (answer.UserProfileItem || []).map(toRow));
  }, showError);
};
