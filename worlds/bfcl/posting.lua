-- TwitterAPI: tweets, comments, retweets and who is followed. Tweets and comments are dicts by number.

local values, method = python.values, python.classes.method

local function load(scenario)
  local tweets = object()
  for key, tweet in pairs(scenario.tweets or object()) do
    local id = math.tointeger(values.stripped(key))
    if not id then error("a tweet's key is no number: " .. key) end
    tweets[values.number_key(id)] = tweet
  end
  -- Comments keep the keys of the scenario, which are strings.
  local comments = object()
  for key, list in pairs(scenario.comments or object()) do comments[values.number_key(key)] = list end
  return object(
    "username", scenario.username or "john",
    "password", scenario.password or "john123",
    "authenticated", scenario.authenticated or false,
    "tweets", tweets,
    "comments", comments,
    "retweets", scenario.retweets or object(),
    "following_list", scenario.following_list or array("alice", "bob"),
    "tweet_counter", scenario.tweet_counter or 0)
end

local function refused(self, what)
  if values.truth(self.vars.authenticated) then return nil end
  return object("error", "User not authenticated. Please authenticate before " .. what .. ".")
end

local function no_tweet(tweet_id)
  return object("error", "Tweet with ID " .. values.str(tweet_id) .. " not found.")
end

local function tweet_of(self, tweet_id)
  return self.vars.tweets[values.number_key(tweet_id)]
end

local function authenticate_twitter(self, username, password)
  local vars = self.vars
  local known = values.equal(username, vars.username) and values.equal(password, vars.password)
  if known then vars.authenticated = true end
  return object("authentication_status", known)
end

local function posting_get_login_status(self)
  return object("login_status", values.truth(self.vars.authenticated))
end

local function post_tweet(self, content, tags, mentions)
  local vars = self.vars
  local problem = refused(self, "posting")
  if problem then return problem end
  local tweet = object("id", vars.tweet_counter, "username", vars.username, "content", content, "tags", tags,
    "mentions", mentions)
  vars.tweets[values.number_key(vars.tweet_counter)] = tweet
  vars.tweet_counter = values.add(vars.tweet_counter, 1)
  return tweet
end

local function retweet(self, tweet_id)
  local vars = self.vars
  local problem = refused(self, "retweeting")
  if problem then return problem end
  if not tweet_of(self, tweet_id) then return no_tweet(tweet_id) end
  local key = values.key_of(vars.username)
  if not vars.retweets[key] then vars.retweets[key] = array() end
  if values.contains(vars.retweets[key], tweet_id) then
    return object("retweet_status", "Already retweeted")
  end
  values.append(vars.retweets[key], tweet_id)
  return object("retweet_status", "Successfully retweeted")
end

local function comment(self, tweet_id, comment_content)
  local vars = self.vars
  local problem = refused(self, "commenting")
  if problem then return problem end
  if not tweet_of(self, tweet_id) then return no_tweet(tweet_id) end
  local key = values.number_key(tweet_id)
  if not vars.comments[key] then vars.comments[key] = array() end
  values.append(vars.comments[key], object("username", vars.username, "content", comment_content))
  return object("comment_status", "Comment added successfully")
end

local function mention(self, tweet_id, mentioned_usernames)
  local tweet = tweet_of(self, tweet_id)
  if not tweet then return no_tweet(tweet_id) end
  local mentions = values.need_type(values.item(tweet, "mentions"), "list", "extend")
  for _, name in ipairs(values.iterate(mentioned_usernames)) do values.append(mentions, name) end
  return object("mention_status", "Users mentioned successfully")
end

local function follow_user(self, username_to_follow)
  local problem = refused(self, "following")
  if problem then return problem end
  local following = self.vars.following_list
  if values.contains(following, username_to_follow) then return object("follow_status", false) end
  values.append(following, username_to_follow)
  return object("follow_status", true)
end

local function list_all_following(self)
  return refused(self, "listing following") or object("following_list", self.vars.following_list)
end

local function unfollow_user(self, username_to_unfollow)
  local problem = refused(self, "unfollowing")
  if problem then return problem end
  local following = self.vars.following_list
  local place = values.place_in(following, username_to_unfollow)
  if place then values.remove_at(following, place) end
  return object("unfollow_status", place ~= nil)
end

local function get_tweet(self, tweet_id)
  return tweet_of(self, tweet_id) or no_tweet(tweet_id)
end

local function tweets_by(self, username)
  local found = array()
  for _, tweet in pairs(self.vars.tweets) do
    if values.equal(values.item(tweet, "username"), username) then values.append(found, copy(tweet)) end
  end
  return found
end

local function has_tag(tweet, wanted)
  local found = false
  for _, tag in ipairs(values.iterate(values.item(tweet, "tags"))) do
    found = values.lower(tag) == wanted or found
  end
  return found
end

local function search_tweets(self, keyword)
  local found = array()
  for _, tweet in pairs(self.vars.tweets) do
    local wanted = values.lower(keyword)
    local content = values.lower(values.item(tweet, "content"))
    if content:find(wanted, 1, true) or has_tag(tweet, wanted) then values.append(found, copy(tweet)) end
  end
  return found
end

local function get_tweet_comments(self, tweet_id)
  if not tweet_of(self, tweet_id) then return no_tweet(tweet_id) end
  return self.vars.comments[values.number_key(tweet_id)] or array()
end

local function get_user_stats(self, username)
  local vars = self.vars
  local tweets = #tweets_by(self, username)
  local following = values.equal(username, vars.username) and #vars.following_list or 0
  local retweets = values.get(vars.retweets, username) or array()
  return object("tweet_count", tweets, "following_count", following, "retweet_count", #retweets)
end

-- Upstream's defaults are two lists that all calls of a process share, and `mention` changes one: what was
-- mentioned in one episode turns up in the next. Here each call has its own.
local own_lists = {tags = array, mentions = array}

return python.classes.define("TwitterAPI", load, {
  authenticate_twitter = method("username, password", authenticate_twitter),
  posting_get_login_status = method("", posting_get_login_status),
  post_tweet = method("content, tags, mentions", post_tweet, own_lists),
  retweet = method("tweet_id", retweet),
  comment = method("tweet_id, comment_content", comment),
  mention = method("tweet_id, mentioned_usernames", mention),
  follow_user = method("username_to_follow", follow_user),
  list_all_following = method("", list_all_following),
  unfollow_user = method("username_to_unfollow", unfollow_user),
  get_tweet = method("tweet_id", get_tweet),
  get_user_tweets = method("username", tweets_by),
  search_tweets = method("keyword", search_tweets),
  get_tweet_comments = method("tweet_id", get_tweet_comments),
  get_user_stats = method("username", get_user_stats),
})
